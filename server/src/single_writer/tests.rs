//! The machine steps the same journal to the same Picture, always.
