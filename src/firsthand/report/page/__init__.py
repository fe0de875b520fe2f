"""What the page is made of before the templates: untrusted text, plain words, anchors."""
