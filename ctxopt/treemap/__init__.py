"""The context as a picture: every file with what each builder does with it, today and after the proposal."""
