//! Lines of files as people and programs write them.

use std::io::{self, Read};

use lithair_model::Model as _;

use super::*;
use crate::prelude::*;

#[derive(DeclarativeEnum)]
enum Size {
    Small,
    Large { by: i64 },
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Thing {
    #[db(primary_key)]
    id: i64,
    name: String,
    note: Option<String>,
    #[db(decimal(10, 2))]
    price: Option<Decimal>,
    ratio: Option<f64>,
    good: Option<bool>,
    #[db(default = 7)]
    count: i64,
    tags: Option<Vec<String>>,
    extra: Option<Json>,
    size: Option<Size>,
    born: Option<Date>,
}

/// All records of a file, as `line: text` or `line! what is wrong`.
fn read(format: Format, bytes: impl AsRef<[u8]>) -> Vec<String> {
    let mut lines = Lines::new(bytes.as_ref(), format, Thing::SCHEMA).expect("is read");
    let mut shown = Vec::new();
    while let Some(next) = lines.next().expect("is read") {
        shown.push(match next {
            Ok(line) => format!("{}: {}", line.number, String::from_utf8_lossy(&line.json)),
            Err(fault) => format!("{}! {}", fault.line, fault.words()),
        });
    }
    shown
}

#[track_caller]
fn ndjson(text: impl AsRef<[u8]>, expected: &[&str]) {
    assert_eq!(read(Format::Ndjson, text), expected);
}

#[track_caller]
fn csv(text: impl AsRef<[u8]>, expected: &[&str]) {
    assert_eq!(read(Format::Csv, text), expected);
}

#[test]
fn a_line_is_a_record() {
    ndjson("", &[]);
    ndjson("{\"a\":1}", &["1: {\"a\":1}"]);
    ndjson("{\"a\":1}\n{\"a\":2}\n", &["1: {\"a\":1}", "2: {\"a\":2}"]);
}

#[test]
fn empty_lines_count_and_are_passed_over() {
    ndjson("\n{}\n\n \t\r\n{}\n\n", &["2: {}", "5: {}"]);
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_no_part_of_records() {
    ndjson("\u{FEFF}{}\r\n{}\r\n", &["1: {}", "2: {}"]);
    // In the middle of a file it is no mark.
    ndjson("{}\n\u{FEFF}{}\n", &["1: {}", "2: \u{FEFF}{}"]);
}

#[test]
fn what_is_no_json_is_handed_on_for_the_target_to_refuse() {
    ndjson(b"{\nnot \xFF\n", &["1: {", "2: not \u{FFFD}"]);
}

#[test]
fn a_huge_line_is_passed_over_without_being_kept() {
    let mut lines = Ndjson::new(&b"{}\n12345678901\n{\"a\":2345}\n1234567890123"[..], 10);
    let mut shown = Vec::new();
    while let Some(next) = lines.next().expect("is read") {
        shown.push(next.map(|line| line.number).map_err(|fault| (fault.line, fault.words())));
    }
    let long = "the line is longer than 10 bytes".to_owned();
    assert_eq!(shown, [Ok(1), Err((2, long.clone())), Ok(3), Err((4, long))]);
    assert_eq!(lines.position(), 39);
}

#[test]
fn a_cell_has_the_type_of_its_field() {
    csv(
        "id,name,note,price,ratio,good,count,tags,extra,size,born\n\
         1,a,b,1.50,0.10,true,3,\"[\"\"x\"\"]\",\"{\"\"a\"\": 12345678901234567890123}\",\"{\"\"type\"\":\"\"Large\"\",\"\"by\"\":1}\",2026-01-31\n",
        &[
            "2: {\"id\":1,\"name\":\"a\",\"note\":\"b\",\"price\":\"1.50\",\"ratio\":0.10,\"good\":true,\"count\":3,\"tags\":[\"x\"],\
           \"extra\":{\"a\": 12345678901234567890123},\"size\":{\"type\":\"Large\",\"by\":1},\"born\":\"2026-01-31\"}",
        ],
    );
}

#[test]
fn an_empty_cell_is_null_or_empty_or_not_there() {
    csv(
        "id,name,note,price,good,count\n1,,,,,\n",
        &["2: {\"id\":1,\"name\":\"\",\"note\":null,\"price\":null,\"good\":null}"],
    );
    csv("id,_rev\n1,\n2,3\n", &["2: {\"id\":1}", "3: {\"id\":2,\"_rev\":3}"]);
}

/// Both were null: an export could not say which.
#[test]
fn two_quotes_are_the_empty_text_and_nothing_is_null() {
    csv("id,name,note,price,note2\n", &["1! the column `note2` is not a field of Thing; did you mean `note`?"]);
    csv(
        "id,name,note,price\r\n1,\"\",\"\",\"\"\r\n\r\n2,,,\r\n3,\"a,\"\"\n\",\"\",1\n4,b,\"\",\"\"",
        &[
            "2: {\"id\":1,\"name\":\"\",\"note\":\"\",\"price\":null}",
            "4: {\"id\":2,\"name\":\"\",\"note\":null,\"price\":null}",
            "5: {\"id\":3,\"name\":\"a,\\\"\\n\",\"note\":\"\",\"price\":\"1\"}",
            "7: {\"id\":4,\"name\":\"b\",\"note\":\"\",\"price\":null}",
        ],
    );
    csv("note,id\n\"\",1\n,2\n", &["2: {\"note\":\"\",\"id\":1}", "3: {\"note\":null,\"id\":2}"]);
}

#[test]
fn what_was_not_seen_is_left_out_and_not_null() {
    csv(
        "id,note,price,_redacted,_rev\n1,,,\"[\"\"price\"\"]\",4\n2,,,,1\n",
        &[
            "2: {\"id\":1,\"note\":null,\"_redacted\":[\"price\"],\"_rev\":4}",
            "3: {\"id\":2,\"note\":null,\"price\":null,\"_rev\":1}",
        ],
    );
}

#[test]
fn a_cell_that_does_not_look_like_its_type_is_handed_on_as_text() {
    csv("id,good,ratio\nx,maybe,NaN\n", &["2: {\"id\":\"x\",\"good\":\"maybe\",\"ratio\":\"NaN\"}"]);
    csv(
        "id\n\"[1]\"\ntrue\n007\n-5\n",
        &["2: {\"id\":\"[1]\"}", "3: {\"id\":\"true\"}", "4: {\"id\":\"007\"}", "5: {\"id\":-5}"],
    );
    csv(
        "id,good\n1,T\n2,f\n3,0\n",
        &["2: {\"id\":1,\"good\":true}", "3: {\"id\":2,\"good\":false}", "4: {\"id\":3,\"good\":false}"],
    );
}

#[test]
fn quotes_hold_commas_quotes_and_line_feeds_and_lines_are_still_counted() {
    csv(
        "id,name\r\n1,\"a, \"\"b\"\"\r\nc\"\r\n\r\n2,d\r\n",
        &["2: {\"id\":1,\"name\":\"a, \\\"b\\\"\\r\\nc\"}", "5: {\"id\":2,\"name\":\"d\"}"],
    );
    csv(
        "id,extra\n1,\"{\n\"\"a\"\":\n1}\"\n2,1\n",
        &["2: {\"id\":1,\"extra\":{ \"a\": 1}}", "5: {\"id\":2,\"extra\":1}"],
    );
}

#[test]
fn a_csv_may_begin_with_a_byte_order_mark() {
    csv("\u{FEFF}id,name\n1,a\n", &["2: {\"id\":1,\"name\":\"a\"}"]);
    csv("\u{FEFF}\"id\",name\n1,a\n", &["2: {\"id\":1,\"name\":\"a\"}"]);
}

#[test]
fn a_row_of_another_length_is_refused_and_the_rest_goes_on() {
    csv(
        "id,name\n1\n2,b,c\n3,d\n",
        &["2! expected 2 values, found 1", "3! expected 2 values, found 3", "4: {\"id\":3,\"name\":\"d\"}"],
    );
    csv(b"id,name\n1,\xFF\n2,b\n", &["2! the value of `name` is not UTF-8", "3: {\"id\":2,\"name\":\"b\"}"]);
}

#[test]
fn a_wrong_head_is_refused_once() {
    csv(
        "id,nmae,id\n1,a,2\n3,b,4\n",
        &["1! the column `nmae` is not a field of Thing; did you mean `name`?; the column `id` is there twice"],
    );
    csv("", &[]);
    csv("id,name\n", &[]);
}

#[test]
fn a_quote_that_is_never_closed_does_not_fill_the_memory() {
    let text = format!("id,name\n1,a\n2,\"{}", "x".repeat(1024 * 1024));
    let mut read_bytes = 0;
    let source = Counting { source: text.as_bytes(), count: &mut read_bytes };
    let mut lines = Csv::new(source, Thing::SCHEMA, 1024).expect("is read");
    assert!(matches!(lines.next(), Ok(Some(Ok(line))) if line.number == 2));
    let fault = lines.next().expect("is read").expect("is told").expect_err("is refused");
    assert!(fault.line == 3 && fault.words().contains("is a quote not closed?"), "{fault:?}");
    assert!(lines.next().expect("is read").is_none());
    drop(lines);
    assert!(read_bytes < 256 * 1024, "{read_bytes} bytes were read");
}

struct Counting<'a, R> {
    source: R,
    count: &'a mut usize,
}

impl<R: Read> Read for Counting<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        *self.count += count;
        Ok(count)
    }
}

#[test]
fn the_end_of_a_name_says_the_format() {
    for (name, format) in [
        ("a.ndjson", Some(Format::Ndjson)),
        ("a.JSONL", Some(Format::Ndjson)),
        ("a.csv", Some(Format::Csv)),
        ("a.json", None),
        ("ndjson", None),
    ] {
        assert_eq!(Format::of(Path::new(name)), format, "{name}");
    }
}
