print("served without its documentation")
