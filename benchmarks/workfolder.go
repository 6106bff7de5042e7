package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// workFolder has the file that is sent and the certificate of a run. All its
// processes have the same one.
var workFolder string

// fileSize is the length of the file that is sent.
const fileSize = 10 << 10

// Where things are in the folder.
func servedFile() string                   { return filepath.Join(workFolder, "page.css") }
func certificateFile(folder string) string { return filepath.Join(folder, "certificate.pem") }
func keyFile(folder string) string         { return filepath.Join(folder, "key.pem") }

// fileText is what the file has in it.
func fileText() []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < fileSize; i++ {
		fmt.Fprintf(&b, ".rule-%d { margin: %dpx; }\n", i, i%97)
	}
	return b.Bytes()[:fileSize]
}

// openWorkFolder makes the folder, and gives what removes it. A signal that ends
// the program removes it, too.
func openWorkFolder() (remove func() error, err error) {
	folder, err := os.MkdirTemp("", "benchmarks")
	if err != nil {
		return nil, err
	}
	workFolder = folder
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		if _, ok := <-signals; ok {
			os.RemoveAll(folder)
			os.Exit(1)
		}
	}()
	remove = func() error {
		signal.Stop(signals)
		close(signals)
		return os.RemoveAll(folder)
	}
	if err := errors.Join(os.WriteFile(servedFile(), fileText(), 0o600), writeCertificate(folder)); err != nil {
		return nil, errors.Join(err, remove())
	}
	return remove, nil
}

// writeCertificate makes a certificate for the loopback address.
func writeCertificate(folder string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "benchmarks"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		writePEM(certificateFile(folder), "CERTIFICATE", certificate),
		writePEM(keyFile(folder), "PRIVATE KEY", secret),
	)
}

func writePEM(path, kind string, content []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600)
}

// trusted gives the configuration of a client that trusts the certificate in the
// folder alone.
func trusted(folder string) (*tls.Config, error) {
	text, err := os.ReadFile(certificateFile(folder))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("the certificate cannot be read")
	}
	return &tls.Config{RootCAs: pool, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS13}, nil
}

// serving gives the configuration of a server with the certificate.
func serving(folder string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(certificateFile(folder), keyFile(folder))
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}, nil
}
