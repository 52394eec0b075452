"""Shell text, such as that of RUN: the simple commands in it. Nothing of it is run or expanded."""
