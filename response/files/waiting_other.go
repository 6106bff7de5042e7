//go:build !unix

package files

const noWaiting = 0
