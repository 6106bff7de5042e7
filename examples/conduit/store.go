package main

import "context"

// UserID identifies a user.
type UserID int

// Nobody is the id of no user. As a viewer it stands for a stranger.
const Nobody UserID = 0

// Store keeps users and what they write. It knows nothing of HTTP, and is safe for concurrent use. A viewer is the
// user who will see the result, since what one follows and likes is part of it.
//
// An unknown article, comment or user is a *NotFoundError. To change or remove what somebody else has written is a
// *ForbiddenError. A name or an address that somebody else has is a *TakenError.
type Store interface {
	// AddUser keeps a new user and returns it with its id.
	AddUser(ctx context.Context, user User) (User, error)
	// User returns the user with an id.
	User(ctx context.Context, id UserID) (User, error)
	// UserByEmail returns the user with an address, the zero User if there is none.
	UserByEmail(ctx context.Context, email string) (User, error)
	// ChangeUser changes a user by a function and returns the result.
	ChangeUser(ctx context.Context, id UserID, change func(*User)) (User, error)

	// Profile returns what others see of a user.
	Profile(ctx context.Context, viewer UserID, username string) (Profile, error)
	// Follow makes the viewer follow a user, or not any more.
	Follow(ctx context.Context, viewer UserID, username string, follow bool) (Profile, error)

	// Articles returns a page of the articles that fit, the newest first, and how many fit.
	Articles(ctx context.Context, viewer UserID, query Query) (ArticleList, error)
	// Article returns an article.
	Article(ctx context.Context, viewer UserID, slug string) (Article, error)
	// AddArticle keeps a new article. Its slug is made of the title, and no other article has it.
	AddArticle(ctx context.Context, author UserID, draft Draft) (Article, error)
	// ChangeArticle changes an article by a function. An article with another title has another slug.
	ChangeArticle(ctx context.Context, author UserID, slug string, change func(*Draft)) (Article, error)
	// RemoveArticle removes an article with its comments.
	RemoveArticle(ctx context.Context, author UserID, slug string) error
	// Favorite makes an article one of the viewer's favorites, or not any more.
	Favorite(ctx context.Context, viewer UserID, slug string, favorite bool) (Article, error)
	// Tags returns the tags of all articles in the order of the alphabet.
	Tags(ctx context.Context) ([]string, error)

	// Comments returns the comments on an article, the oldest first.
	Comments(ctx context.Context, viewer UserID, slug string) ([]Comment, error)
	// AddComment adds a comment to an article.
	AddComment(ctx context.Context, author UserID, slug, body string) (Comment, error)
	// RemoveComment removes a comment from an article.
	RemoveComment(ctx context.Context, author UserID, slug string, id int) error
}

// User is a user, as a Store keeps it.
type User struct {
	ID         UserID
	Email      string
	Username   string
	Password   string  // its hash; "" for no account
	Bio, Image *string // nil, or not empty
}

// Draft is what an author writes of an article.
type Draft struct {
	Title       string
	Description string
	Body        string
	TagList     []string
}

// Query says which articles are wanted. Fields that are empty do not matter.
type Query struct {
	Tag         string
	Author      string // a username
	FavoritedBy string // a username
	FeedOf      UserID // articles of those whom this user follows
	Offset      int
	Limit       int
}
