"""From a case to what people read and carry away: report.json, report.html, signed bundles."""
