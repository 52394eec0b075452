"""The data of the map: every file with what each builder does with it, now and after the proposal."""
