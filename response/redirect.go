package response

import "net/http"

// RedirectOr is [Redirect] to a target that a client chose, such as the page it came from. A target
// that is missing or leads to another site is replaced by fallback, for by then it is too late to
// refuse the request. fallback is yours: one that is not local is a 500.
func RedirectOr(target, fallback string) Response {
	return redirectOr(http.StatusFound, target, fallback)
}

// SeeOtherOr is [RedirectOr] with status 303, as [SeeOther] has it. It is the answer to a form after
// which the client goes on where it wanted to:
//
//	req.Session.SetUser(name)
//	return response.SeeOtherOr(form.Get("next"), "/profile")
func SeeOtherOr(target, fallback string) Response {
	return redirectOr(http.StatusSeeOther, target, fallback)
}

func redirectOr(status int16, target, fallback string) Response {
	if !isLocal(fallback) {
		return wrong("redirect with the fallback %q, which is not local", fallback)
	}
	if !isLocal(target) {
		target = fallback
	}
	return redirect(status, target)
}
