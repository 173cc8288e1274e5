//! Products of about 220 bytes of JSON, the same in every run.

use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::AnyError;

/// The identifier of the seeded product with this number: version 7, ascending.
pub(crate) fn id(number: u64) -> String {
    let millis = 1_700_000_000_000_u64 + number;
    let scattered = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    format!(
        "{:08x}-{:04x}-7{:03x}-8{:03x}-{:012x}",
        millis >> 16,
        millis & 0xFFFF,
        number & 0xFFF,
        scattered & 0xFFF,
        scattered >> 16
    )
}

/// The category of the product with this number: of `10^4` products as of `10^6`, 100 share one.
pub(crate) fn category(number: u64) -> String {
    format!("category-{:06}", number / 100)
}

/// A product's fields but for its identifier, as the inside of a JSON object.
pub(crate) fn fields(out: &mut Vec<u8>, number: u64, sku: &str) {
    let text = format!(
        "\"sku\":\"{sku}\",\"name\":\"Product number {number}, of stainless steel, large\",\"category\":\"{}\",\
         \"price\":\"{}.{:02}\",\"stock\":{},\"active\":true",
        category(number),
        number % 1_000,
        number % 100,
        number % 5_000
    );
    out.extend_from_slice(text.as_bytes());
}

/// Writes products `0..count` as NDJSON and imports them into the data directory.
pub(crate) fn import(products: &Path, data: &Path, count: u64) -> Result<(), AnyError> {
    let folder = data.with_extension("seed");
    std::fs::create_dir_all(&folder)?;
    let mut out = BufWriter::new(std::fs::File::create(folder.join("Product.ndjson"))?);
    let mut line = Vec::with_capacity(256);
    let mut sku = String::new();
    for number in 0..count {
        line.clear();
        sku.clear();
        write!(sku, "SEED-{number:010}")?;
        line.extend_from_slice(format!("{{\"id\":\"{}\",", id(number)).as_bytes());
        fields(&mut line, number, &sku);
        line.extend_from_slice(b",\"listed_at\":\"2026-01-31T12:00:00Z\"}\n");
        out.write_all(&line)?;
    }
    out.flush()?;
    import_folder(products, &folder, data)
}

/// Imports a folder into a data directory, and removes it.
pub(crate) fn import_folder(application: &Path, folder: &Path, data: &Path) -> Result<(), AnyError> {
    let mut command = Command::new(application);
    command.arg("import").arg(folder).arg("--data").arg(data).stdout(Stdio::null()).stderr(Stdio::inherit());
    let status = command.status()?;
    std::fs::remove_dir_all(folder)?;
    if status.success() { Ok(()) } else { Err(format!("the import of {} failed: {status}", folder.display()).into()) }
}

/// A create's whole request.
pub(crate) fn create_request(out: &mut Vec<u8>, number: u64, sku: &str) {
    let mut body = Vec::with_capacity(256);
    body.push(b'{');
    fields(&mut body, number, sku);
    body.push(b'}');
    out.extend_from_slice(
        format!(
            "POST /api/products HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        )
        .as_bytes(),
    );
    out.extend_from_slice(&body);
}
