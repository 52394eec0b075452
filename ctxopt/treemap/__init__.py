"""The context as a map: each file with what each builder does with it, now and proposed; never draws it."""
