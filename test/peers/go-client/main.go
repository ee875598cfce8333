// Sends the message on its standard input by Go's net/smtp, which names BODY=8BITMIME and SMTPUTF8 in MAIL wherever EHLO
// offers them. Exit code 0 means that the message was taken; otherwise the server's words are on standard error.
//
// Usage: go-client ADDRESS clear|starttls|tls FROM TO [USER PASSWORD]
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/smtp"
	"os"
)

func main() {
	if len(os.Args) != 5 && len(os.Args) != 7 {
		fmt.Fprintln(os.Stderr, "usage: go-client ADDRESS clear|starttls|tls FROM TO [USER PASSWORD]")
		os.Exit(2)
	}
	content, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = send(os.Args[1], os.Args[2], os.Args[3:], content)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func send(address, mode string, words []string, content []byte) error {
	client, err := open(address, mode)
	if err != nil {
		return err
	}
	defer client.Close()
	if len(words) == 4 {
		if err := client.Auth(smtp.PlainAuth("", words[2], words[3], "127.0.0.1")); err != nil {
			return fmt.Errorf("AUTH %w", err)
		}
	}
	if err := client.Mail(words[0]); err != nil {
		return fmt.Errorf("MAIL %w", err)
	}
	if err := client.Rcpt(words[1]); err != nil {
		return fmt.Errorf("RCPT %w", err)
	}
	writer, err := client.Data()
	if err != nil {
		return fmt.Errorf("DATA %w", err)
	}
	if _, err := writer.Write(content); err != nil {
		return err
	}
	if err := writer.Close(); err != nil {
		return fmt.Errorf("content %w", err)
	}
	return client.Quit()
}

// The certificates of tests are signed by no one.
func open(address, mode string) (*smtp.Client, error) {
	config := &tls.Config{ServerName: "127.0.0.1", InsecureSkipVerify: true}
	if mode == "tls" {
		connection, err := tls.Dial("tcp", address, config)
		if err != nil {
			return nil, err
		}
		return smtp.NewClient(connection, "127.0.0.1")
	}
	client, err := smtp.Dial(address)
	if err != nil || mode == "clear" {
		return client, err
	}
	return client, client.StartTLS(config)
}
