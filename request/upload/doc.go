// Package upload has the files of forms, multipart/form-data (RFC 7578): what typed inputs and [Form] hold, and the parts
// of a form that is read piece by piece.
//
//	type NewPhoto struct {
//		Title string    `form:"title" validate:"required,max=80"`
//		Photo soay.File `form:"photo" validate:"required" file:"max=5MiB,types=image/png|image/jpeg"`
//	}
//
//	soay.Post(app, "/photos", func(req soay.Request, in NewPhoto) (soay.Response, error) {
//		if err := in.Photo.Save(folder, in.Photo.SafeName()); err != nil {
//			return soay.Response{}, err
//		}
//		…
//	})
//
// Programs need [File], [Stream], [Form], [Part] and [Limits]. The rest is for the framework: package request has a [Store]
// for each request with files, and reads its body by a [Reader].
//
// # Where files are
//
// Files stay in memory as long as those of the request have no more than [Limits].Memory together. A file for which there is
// no room goes to the one temporary file of its request, which holds such files one behind the other. The temporary file has no name, or loses it at once, so nothing stays on the disk when a process dies. It is closed
// when the request ends, however that happens. A File is of no use from then on, unless [File.Detach] was called before.
//
// # What is trusted
//
// Nothing. A name and a content type are what a client claims. [File.SafeName] and [File.DetectedType] are made of what was
// sent, and [File.Save] writes one new file into one folder.
package upload
