//! TensorBoard's event files: records framed as TFRecord, each an `Event` message with scalars.
//!
//! Own, because the format is three small messages (tensorflow/core/util/event.proto and framework/summary.proto) and the
//! crates that write it are stale.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// TensorBoard knows its files by how their names begin.
const NAME: &str = "events.out.tfevents.0.tribunal";

/// An event file as it is written. The number of an update stands for its time, in seconds, so that the same training
/// writes the same bytes.
pub struct Events {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Events {
    /// A new event file in a folder, in place of the one that is there.
    pub fn create(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let file = File::create(&path).map_err(|cause| Error::file("create", &path, cause))?;
        let mut events = Self { path, file: BufWriter::new(file) };
        let mut version = time(0);
        bytes(&mut version, 3, b"brain.Event:2");
        events.record(&version)?;
        Ok(events)
    }

    /// Adds the values of some scalars after an update, and writes them out.
    pub fn scalars(&mut self, step: usize, scalars: &[(&str, f64)]) -> Result<()> {
        let mut summary = Vec::new();
        for (tag, value) in scalars {
            let mut one = Vec::new();
            bytes(&mut one, 1, tag.as_bytes());
            one.push(2 << 3 | 5);
            one.extend((*value as f32).to_le_bytes());
            bytes(&mut summary, 1, &one);
        }
        let mut event = time(step);
        event.push(2 << 3);
        varint(&mut event, step as u64);
        bytes(&mut event, 5, &summary);
        self.record(&event)
    }

    fn record(&mut self, data: &[u8]) -> Result<()> {
        let length = (data.len() as u64).to_le_bytes();
        let parts: [&[u8]; 4] =
            [&length, &masked(crc32c(&length)).to_le_bytes(), data, &masked(crc32c(data)).to_le_bytes()];
        let written = parts.iter().try_for_each(|part| self.file.write_all(part)).and_then(|()| self.file.flush());
        written.map_err(|cause| Error::file("write", &self.path, cause))
    }
}

/// An event's first field: the time in seconds.
fn time(step: usize) -> Vec<u8> {
    let mut event = vec![1 << 3 | 1];
    event.extend((step as f64).to_le_bytes());
    event
}

/// A field of bytes with its length.
fn bytes(message: &mut Vec<u8>, field: u8, content: &[u8]) {
    message.push(field << 3 | 2);
    varint(message, content.len() as u64);
    message.extend(content);
}

fn varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

/// TFRecord keeps checksums masked, since a checksum of data with checksums in it is weak.
fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4).
fn crc32c(data: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 })
    };
    !data.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_of_the_rfc() {
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn records_are_framed_and_hold_their_scalars() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(NAME), "old").unwrap();
        let mut events = Events::create(folder.path()).unwrap();
        events.scalars(300, &[("loss", 0.5), ("rate", 2.0)]).unwrap();
        let files: Vec<PathBuf> = std::fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().path()).collect();
        assert_eq!(files, [events.path.clone()]);
        let file = std::fs::read(&files[0]).unwrap();
        let mut rest = file.as_slice();
        let mut records = Vec::new();
        while !rest.is_empty() {
            let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
            let crc = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
            assert_eq!(crc(8), masked(crc32c(&rest[..8])));
            let data = &rest[12..12 + length];
            assert_eq!(crc(12 + length), masked(crc32c(data)));
            records.push(data.to_vec());
            rest = &rest[16 + length..];
        }
        assert_eq!(records.len(), 2);
        assert!(records[0].ends_with(b"brain.Event:2"));
        let wanted =
            [&[0x10, 0xac, 0x02, 0x2a, 0x1a, 0x0a, 0x0b, 0x0a, 4][..], b"loss", &[0x15], &0.5f32.to_le_bytes()];
        assert!(records[1][9..].starts_with(&wanted.concat()), "{:?}", &records[1][9..]);
    }
}
