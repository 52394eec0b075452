from billing.invoices import total

print(total([1250, 800]))
