//! What is known of many files over time: the rows and the state of a scan, the history of songs. The only room that
//! knows the embedded database.
//!
//! **Rows first, state second.** A row is written to the rows file, which is then synced to the disk; only then does the
//! state learn how far that file goes. So after any sudden end the rows file holds all that the state knows and perhaps
//! more: what is more is read back into the state, a torn last line is cut off, and nothing is lost or done twice. The
//! state can be made from the rows at any time; it is an index that spares reading them.

mod database;
mod history;
mod rows;
mod scan;
mod state;
mod summary;

pub use history::SongBook;
pub use rows::read_rows;
pub use scan::{Catalogue, Known};
pub use summary::summarise;
