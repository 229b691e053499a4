"""How the documentation becomes a site: `make docs` (Sphinx, MyST, Furo)."""

project = "Watercooler"
author = "the Watercooler team"
extensions = ["myst_parser"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
exclude_patterns = ["_site"]
html_theme = "furo"
html_title = "Watercooler"
nitpicky = True
