//! A `state_dict` as `torch.save` writes it: a zip of stored entries, a pickle of protocol 2 that
//! calls nothing but `OrderedDict` and `_rebuild_tensor_v2`, the storages aligned to 64 bytes.

use std::io::{Cursor, Write as _};

use anyhow::{Context as _, Result, bail};
use safetensors::{Dtype, SafeTensors};
use zip::{CompressionMethod, DateTime, ZipWriter, write::FileOptions};

/// Name of the folder in the archive, as `torch.save` calls it where it is given no name.
const ROOT: &str = "archive";
/// What `torch.save` aligns storages to.
const ALIGNMENT: u16 = 64;

/// One storage and the tensor that fills it.
struct Entry<'a> {
    key: String,
    storage: &'static str,
    shape: Vec<usize>,
    bytes: &'a [u8],
    elements: usize,
}

/// The arrays of a safetensors file as the content of a `.pt`. The same arrays give the same bytes.
///
/// # Errors
/// If the file is damaged or holds a type that our models do not.
pub fn encode(safetensors: &[u8]) -> Result<Vec<u8>> {
    let tensors = SafeTensors::deserialize(safetensors).context("the run's checkpoint is damaged")?;
    let mut names = tensors.names();
    names.sort_by_key(|name| in_order(name));
    let entries: Vec<Entry<'_>> = names
        .into_iter()
        .map(|name| {
            let view = tensors.tensor(name)?;
            let storage = match view.dtype() {
                Dtype::F32 => "FloatStorage",
                Dtype::I64 => "LongStorage",
                other => bail!("`{name}` is of type {other:?}"),
            };
            // The bytes are the file's, not the view's.
            let (shape, bytes) = (view.shape().to_vec(), view.data());
            Ok(Entry { key: name.to_owned(), storage, elements: shape.iter().product(), shape, bytes })
        })
        .collect::<Result<_>>()?;
    archive(&entries).context("writing the zip archive")
}

fn archive(entries: &[Entry<'_>]) -> Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored =
        FileOptions::default().compression_method(CompressionMethod::Stored).last_modified_time(DateTime::default());
    let mut put = |name: String, content: &[u8]| -> Result<()> {
        zip.start_file_aligned(format!("{ROOT}/{name}"), stored, ALIGNMENT)?;
        zip.write_all(content)?;
        Ok(())
    };
    put("data.pkl".to_owned(), &pickle(entries)?)?;
    put("byteorder".to_owned(), b"little")?;
    for (number, entry) in entries.iter().enumerate() {
        put(format!("data/{number}"), entry.bytes)?;
    }
    put("version".to_owned(), b"3\n")?;
    Ok(zip.finish()?.into_inner())
}

/// PyTorch's order, which matters to nobody but a reader: a layer `10` stands after the `9`, and a
/// weight before its bias.
fn in_order(name: &str) -> Vec<(u64, &str)> {
    let rank = |part: &str| match part {
        "weight" => 0,
        "bias" => 1,
        "num_batches_tracked" => 3,
        other => other.parse().unwrap_or(2),
    };
    name.split('.').map(|part| (rank(part), part)).collect()
}

fn pickle(entries: &[Entry<'_>]) -> Result<Vec<u8>> {
    let mut out = b"\x80\x02ccollections\nOrderedDict\n)R(".to_vec();
    for (number, entry) in entries.iter().enumerate() {
        text(&mut out, &entry.key)?;
        out.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        text(&mut out, "storage")?;
        out.extend(format!("ctorch\n{}\n", entry.storage).bytes());
        text(&mut out, &number.to_string())?;
        text(&mut out, "cpu")?;
        integer(&mut out, entry.elements)?;
        out.extend(b"tQ");
        integer(&mut out, 0)?;
        let strides = (0..entry.shape.len()).map(|at| entry.shape.iter().skip(at + 1).product());
        tuple(&mut out, entry.shape.iter().copied())?;
        tuple(&mut out, strides)?;
        // requires_grad and the backward hooks.
        out.extend(b"\x89ccollections\nOrderedDict\n)RtR");
    }
    out.extend(b"u.");
    Ok(out)
}

fn text(out: &mut Vec<u8>, text: &str) -> Result<()> {
    out.push(b'X');
    out.extend(u32::try_from(text.len()).context("a key is too long")?.to_le_bytes());
    out.extend(text.bytes());
    Ok(())
}

fn integer(out: &mut Vec<u8>, value: usize) -> Result<()> {
    out.push(b'J');
    out.extend(i32::try_from(value).context("an array is too large")?.to_le_bytes());
    Ok(())
}

fn tuple(out: &mut Vec<u8>, values: impl Iterator<Item = usize>) -> Result<()> {
    out.push(b'(');
    for value in values {
        integer(out, value)?;
    }
    out.push(b't');
    Ok(())
}
