//! The charts, one file each: drawn by one function for SVG (themed by the page) and PNG.
