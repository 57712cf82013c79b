"""The shell: guards, slots, links, errors, forms, templates and the design system."""
