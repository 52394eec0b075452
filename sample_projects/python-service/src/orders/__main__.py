from orders import __doc__ as purpose

print(purpose)
