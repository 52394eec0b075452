package parcel

import "testing"

func TestState(t *testing.T) {
	if State(1) == "" {
		t.Fail()
	}
}
