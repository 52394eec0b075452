package main

import (
	"fmt"

	"example.com/tracker/internal/parcel"
)

func main() {
	fmt.Println(parcel.State(1))
}
