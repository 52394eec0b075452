"""The report as one HTML page: `src/` holds what `make page` bundles into `assets/`, which is put into `page.html`."""
