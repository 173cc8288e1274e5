//! Values as they were read before: what is not written in them is what the defaults of then say.

use minicbor::Decoder;
use minicbor::data::Type;
use minicbor::decode::Error;
use serde_json::Value as Document;

use crate::cbor::{self, Shape, definite, named, take_null};
use crate::draft::tidy;
use crate::literal::text_value;
use crate::numbers::absent_word;
use crate::numbers::inside::{fields, former_of, has_another_default, wire};
use crate::{EnumSchema, FieldSchema, Kind, Literal, StructSchema, Value, embedded, literal_value};

/// Reads a value of a field that this document showed. With it comes whether its type reads something else in it today.
pub(super) fn read(kind: &Kind, field: &Document, reader: &mut Decoder<'_>) -> Result<(Value, bool), Error> {
    let mut former = Former { is_other: false };
    let value = former.read(Shape { kind, scale: None }, &field["type"], reader)?;
    Ok((value, former.is_other))
}

/// What records of before a field had in its place.
pub(super) fn absent(field: &Document, kind: &Kind) -> Value {
    absent_word(field).and_then(|text| constant(text, kind)).unwrap_or(Value::Null)
}

/// A constant as a document shows it.
fn constant(text: &str, kind: &Kind) -> Option<Value> {
    let literal = |literal: Literal| literal_value(&literal, kind);
    match text {
        "true" | "false" => literal(Literal::Bool(text == "true")),
        _ if text.starts_with('"') => text_value(&serde_json::from_str::<String>(text).ok()?, kind),
        _ => match (text.parse::<i128>(), kind) {
            (Ok(number), _) => literal(Literal::Int(number)),
            (Err(_), Kind::Float { .. }) => text.parse().ok().map(Value::Float),
            (Err(_), Kind::Decimal | Kind::Enum(_)) => text_value(text, kind),
            (Err(_), _) => None,
        },
    }
}

struct Former {
    is_other: bool,
}

impl Former {
    /// As [`cbor::read`], of a type that was described so.
    fn read(&mut self, shape: Shape<'_>, described: &Document, reader: &mut Decoder<'_>) -> Result<Value, Error> {
        match shape.kind {
            Kind::Struct(_) | Kind::List(_) | Kind::Enum(_) if take_null(reader) => Ok(Value::Null),
            Kind::Struct(schema) => self.structure(schema, fields(&described["struct"]), reader),
            Kind::List(_) => {
                let length = definite(reader.array()?)?;
                let element = &described["array"]["type"];
                let elements = (0..length).map(|_| self.read(shape.element(), element, reader));
                elements.collect::<Result<_, _>>().map(Value::List)
            }
            Kind::Enum(schema) if reader.datatype()? != Type::String => self.variant(schema, described, reader),
            _ => cbor::read(shape, reader),
        }
    }

    fn structure(
        &mut self,
        schema: &StructSchema,
        known: &[Document],
        reader: &mut Decoder<'_>,
    ) -> Result<Value, Error> {
        let mut found: Vec<Option<Value>> = vec![None; schema.fields.len()];
        for near in 0..definite(reader.map()?)? {
            match schema.logged(reader.str()?, near) {
                Some(place) => {
                    let field = &schema.fields[place];
                    found[place] = Some(self.member(field, former_of(known, field), reader)?);
                }
                None => cbor::skip(reader)?,
            }
        }
        let values = schema.fields.iter().zip(found);
        let values = values.map(|(field, value)| value.unwrap_or_else(|| self.absent(field, former_of(known, field))));
        Ok(Value::Struct(values.collect()))
    }

    fn variant(&mut self, schema: &EnumSchema, described: &Document, reader: &mut Decoder<'_>) -> Result<Value, Error> {
        let stored = definite(reader.array()?)?.checked_sub(1);
        let stored = stored.ok_or_else(|| Error::message("a variant has a name"))?;
        let name = reader.str()?;
        let variant = schema.variants.iter().find(|variant| variant.wire == name);
        let declared = variant.map_or(&[][..], |variant| variant.fields);
        let variants = described["enum"]["variants"].as_array().map_or(&[][..], Vec::as_slice);
        let known = variants.iter().find(|variant| wire(variant) == name).map_or(&[][..], fields);
        let mut values = Vec::with_capacity(declared.len());
        for place in 0..stored {
            match declared.get(place) {
                Some(field) => values.push(self.member(field, known.get(place), reader)?),
                None => cbor::skip(reader)?,
            }
        }
        for (place, field) in declared.iter().enumerate().skip(values.len()) {
            values.push(self.absent(field, known.get(place)));
        }
        Ok(named(schema, name, values))
    }

    fn member(
        &mut self,
        field: &FieldSchema,
        former: Option<&Document>,
        reader: &mut Decoder<'_>,
    ) -> Result<Value, Error> {
        self.read(Shape::of(field), former.map_or(&Document::Null, |former| &former["type"]), reader)
    }

    /// What stands for a field in a value of before it. One that is new since the document has the default of today.
    fn absent(&mut self, field: &FieldSchema, former: Option<&Document>) -> Value {
        match former.filter(|former| has_another_default(former, field)) {
            None => embedded::absent(field),
            Some(former) => {
                self.is_other = true;
                tidy(field, absent(former, &field.kind))
            }
        }
    }
}
