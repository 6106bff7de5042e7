package main

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// ginUser has the tags of gin's own binding, which validates with
// go-playground/validator.
type ginUser struct {
	Name  string   `json:"name" binding:"required,max=50"`
	Email string   `json:"email" binding:"required,email"`
	Age   int      `json:"age" binding:"gte=0,lte=130"`
	Role  string   `json:"role" binding:"oneof=admin editor reader"`
	Tags  []string `json:"tags" binding:"max=5,dive,max=20"`
}

type ginSearch struct {
	Page   int  `form:"page"`
	Limit  int  `form:"limit"`
	Active bool `form:"active"`
}

type ginID struct {
	ID int `uri:"id"`
}

func ginBind() server {
	engine := newGin()
	engine.POST(usersPath, func(c *gin.Context) {
		var in ginUser
		if err := c.ShouldBindJSON(&in); err != nil {
			ginRefuse(c, err)
			return
		}
		tell(&boundUser, user(in))
		c.String(http.StatusOK, greeting)
	})
	return httpServer{engine}
}

func ginQuery() server {
	return ginApp(searchPath, func(c *gin.Context) {
		var in ginSearch
		if err := c.ShouldBindQuery(&in); err != nil {
			ginRefuse(c, err)
			return
		}
		tell(&boundSearch, search(in))
		c.String(http.StatusOK, greeting)
	})
}

func ginTypedID() server {
	return ginApp(usersPath+"/:id", func(c *gin.Context) {
		var in ginID
		if err := c.ShouldBindUri(&in); err != nil {
			ginRefuse(c, err)
			return
		}
		tell(&boundID, in.ID)
		c.String(http.StatusOK, greeting)
	})
}

func ginRefuse(c *gin.Context, err error) {
	c.JSON(http.StatusBadRequest, gin.H{"error": err.Error()})
}
