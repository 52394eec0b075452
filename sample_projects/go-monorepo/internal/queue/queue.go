// Package queue keeps messages in order.
package queue

var messages []string

// Push adds a message.
func Push(m string) { messages = append(messages, m) }

// Pop takes the oldest message.
func Pop() { messages = messages[1:] }
