//! Writing to standard output.

use std::io::{self, BufWriter, Write};

use anyhow::{Context, Result};

/// What is written together, in bytes: many small pieces, and yet so little that a short run hardly needs memory for it.
const TOGETHER: usize = 8 << 10;

/// Writes everything at once.
pub(super) fn write_output(output: &[u8]) -> Result<()> {
    write_pieces([output])
}

/// Writes one piece behind the other. A reader that closed the pipe has seen enough: that is a success.
pub(super) fn write_pieces<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> Result<()> {
    match write_together(io::stdout().lock(), pieces) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to standard output"),
    }
}

/// Writes small pieces together: where thousands of rules are edited there are tens of thousands, and each would be a system
/// call, and a turn of whoever reads them.
fn write_together<'p>(out: impl Write, pieces: impl IntoIterator<Item = &'p [u8]>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(TOGETHER, out);
    pieces.into_iter().try_for_each(|piece| out.write_all(piece))?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was written, call by call.
    #[derive(Default)]
    struct Calls(Vec<Vec<u8>>);

    impl Write for Calls {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn ten_thousand_small_pieces_are_written_in_two_dozen_calls_and_in_their_order() {
        let pieces: Vec<String> = (0..10_000).map(|number| format!("- rule: {number}\n")).collect();
        let mut calls = Calls::default();
        write_together(&mut calls, pieces.iter().map(String::as_bytes)).expect("a vector takes everything");
        assert_eq!(calls.0.concat(), pieces.concat().into_bytes());
        assert!(calls.0.len() <= 24, "{} calls", calls.0.len());
    }

    #[test]
    fn a_large_piece_is_not_copied_into_a_buffer_first() {
        let large = vec![b'-'; 10 * TOGETHER];
        let mut calls = Calls::default();
        write_together(&mut calls, [&b"before"[..], &large, b"behind"]).expect("a vector takes everything");
        assert_eq!(calls.0, [b"before".to_vec(), large, b"behind".to_vec()]);
    }
}
