package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// article is an article, as Memory keeps it.
type article struct {
	Draft
	slug             string
	author           UserID
	created, updated time.Time
	fans             map[UserID]bool // whose favorite it is
	comments         []comment
}

// comment is a comment, as Memory keeps it.
type comment struct {
	id      int
	author  UserID
	created time.Time
	body    string
}

// Articles implements Store.
func (m *Memory) Articles(_ context.Context, viewer UserID, query Query) (ArticleList, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var page ArticleList
	for _, a := range slices.Backward(m.articles) {
		if !m.fits(a, query) {
			continue
		}
		if page.Count >= query.Offset && len(page.Articles) < query.Limit {
			page.Articles = append(page.Articles, m.summary(viewer, a))
		}
		page.Count++
	}
	return page, nil
}

func (m *Memory) fits(a *article, query Query) bool {
	return (query.Tag == "" || slices.Contains(a.TagList, query.Tag)) &&
		(query.Author == "" || m.users[a.author-1].Username == query.Author) &&
		(query.FavoritedBy == "" || m.likes(query.FavoritedBy, a)) &&
		(query.FeedOf == Nobody || m.follows[follow{query.FeedOf, a.author}])
}

func (m *Memory) likes(username string, a *article) bool {
	user, err := m.userCalled(username)
	return err == nil && a.fans[user.ID]
}

// Article implements Store.
func (m *Memory) Article(_ context.Context, viewer UserID, slug string) (Article, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, err := m.find(slug)
	if err != nil {
		return Article{}, err
	}
	return m.article(viewer, a), nil
}

// AddArticle implements Store.
func (m *Memory) AddArticle(_ context.Context, author UserID, draft Draft) (Article, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now().UTC()
	a := &article{
		Draft: draft, slug: m.unique(slugOf(draft.Title)), author: author, created: now, updated: now, fans: map[UserID]bool{},
	}
	m.articles = append(m.articles, a)
	return m.article(author, a), nil
}

// ChangeArticle implements Store.
func (m *Memory) ChangeArticle(
	_ context.Context, author UserID, slug string, change func(*Draft),
) (Article, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, err := m.own(author, slug)
	if err != nil {
		return Article{}, err
	}
	before := slugOf(a.Title)
	change(&a.Draft)
	if after := slugOf(a.Title); after != before {
		a.slug = m.unique(after)
	}
	a.updated = m.now().UTC()
	return m.article(author, a), nil
}

// RemoveArticle implements Store.
func (m *Memory) RemoveArticle(_ context.Context, author UserID, slug string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, err := m.own(author, slug)
	if err == nil {
		m.articles = slices.DeleteFunc(m.articles, func(other *article) bool { return other == a })
	}
	return err
}

// Favorite implements Store.
func (m *Memory) Favorite(_ context.Context, viewer UserID, slug string, favorite bool) (Article, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, err := m.find(slug)
	if err != nil {
		return Article{}, err
	}
	if favorite {
		a.fans[viewer] = true
	} else {
		delete(a.fans, viewer)
	}
	return m.article(viewer, a), nil
}

// Tags implements Store.
func (m *Memory) Tags(context.Context) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var tags []string
	for _, a := range m.articles {
		tags = append(tags, a.TagList...)
	}
	slices.Sort(tags)
	return slices.Compact(tags), nil
}

// Comments implements Store.
func (m *Memory) Comments(_ context.Context, viewer UserID, slug string) ([]Comment, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, err := m.find(slug)
	if err != nil {
		return nil, err
	}
	var comments []Comment
	for _, c := range a.comments {
		comments = append(comments, m.comment(viewer, c))
	}
	return comments, nil
}

// AddComment implements Store.
func (m *Memory) AddComment(_ context.Context, author UserID, slug, body string) (Comment, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, err := m.find(slug)
	if err != nil {
		return Comment{}, err
	}
	m.lastComment++
	c := comment{id: m.lastComment, author: author, created: m.now().UTC(), body: body}
	a.comments = append(a.comments, c)
	return m.comment(author, c), nil
}

// RemoveComment implements Store.
func (m *Memory) RemoveComment(_ context.Context, author UserID, slug string, id int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, err := m.find(slug)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(a.comments, func(c comment) bool { return c.id == id })
	if i < 0 {
		return &NotFoundError{"comment"}
	}
	if a.comments[i].author != author {
		return &ForbiddenError{"comment"}
	}
	a.comments = slices.Delete(a.comments, i, i+1)
	return nil
}

func (m *Memory) find(slug string) (*article, error) {
	for _, a := range m.articles {
		if a.slug == slug {
			return a, nil
		}
	}
	return nil, &NotFoundError{"article"}
}

// own returns an article for its author.
func (m *Memory) own(author UserID, slug string) (*article, error) {
	a, err := m.find(slug)
	if err == nil && a.author != author {
		err = &ForbiddenError{"article"}
	}
	return a, err
}

// summary returns what a viewer sees of an article in a list.
func (m *Memory) summary(viewer UserID, a *article) Summary {
	return Summary{
		Slug: a.slug, Title: a.Title, Description: a.Description, TagList: slices.Clone(a.TagList),
		CreatedAt: a.created, UpdatedAt: a.updated, Favorited: a.fans[viewer], FavoritesCount: len(a.fans),
		Author: m.profile(viewer, a.author),
	}
}

func (m *Memory) article(viewer UserID, a *article) Article {
	return Article{m.summary(viewer, a), a.Body}
}

func (m *Memory) comment(viewer UserID, c comment) Comment {
	return Comment{
		ID: c.id, CreatedAt: c.created, UpdatedAt: c.created, Body: c.body, Author: m.profile(viewer, c.author),
	}
}

// slugOf returns the words of a title, in small letters and with hyphens between them.
func slugOf(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	return cmp.Or(strings.Join(words, "-"), "article")
}

// unique returns a slug that no article has: dragons, dragons-2, dragons-3 and so on. The slug feed is taken by the
// path of the feed.
func (m *Memory) unique(slug string) string {
	for unique, i := slug, 2; ; i++ {
		if _, err := m.find(unique); err != nil && unique != "feed" {
			return unique
		}
		unique = fmt.Sprintf("%s-%d", slug, i)
	}
}
