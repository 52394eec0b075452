package main

import "example.com/monorepo/internal/queue"

func main() { queue.Pop() }
