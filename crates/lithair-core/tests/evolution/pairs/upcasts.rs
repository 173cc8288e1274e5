//! Values of another type, made by functions.

use expect_test::expect;
use lithair_core::model::Class::{Plan, Refused};
use lithair_core::prelude::*;

use super::pairs;

pairs! {
    an_enum_loses_a_variant_by_a_function: Plan, ["feelings"] => {
        struct Feeling { id: i64, #[db(upcast = calmed)] mood: Mood }
    } with {
        #[derive(DeclarativeEnum)]
        enum FormerMood {
            Calm,
            Loud,
        }
        #[derive(DeclarativeEnum)]
        enum Mood {
            Calm,
        }
        fn calmed(_: FormerMood) -> Mood {
            Mood::Calm
        }
    }, expect![[r#"
        needs a plan: `Feeling.mood` was `enum` and is `enum`: a function converts the values, 5 records
        feelings r2 [Int(1), Text("Calm")]
        feelings r2 [Int(2), Text("Calm")]
        feelings r2 [Int(3), Text("Calm")]
        feelings r2 [Int(4), Text("Calm")]
        feelings r2 [Int(5), Text("Calm")]"#]];

    a_function_takes_another_enum: Refused, ["feelings"] => {
        struct Feeling { id: i64, #[db(upcast = is_sunny)] mood: bool }
    } with {
        #[derive(DeclarativeEnum)]
        enum Weather {
            Rain,
            Sun,
        }
        fn is_sunny(weather: Weather) -> bool {
            matches!(weather, Weather::Sun)
        }
    }, expect![[r#"
        needs a plan: `Feeling.mood` was `enum` and is `boolean`: a function converts the values
        `Feeling.mood`: the function takes the enum `Weather { Rain, Sun }`, and `mood` was the enum `Mood { Calm, Loud }`"#]];

    a_type_changes_without_a_function: Refused, ["prices"] => {
        struct Price { id: i64, price: Decimal }
    }, expect!["refused: `Price.price` has values of type `string` in the log, the struct says `decimal`: give it `#[db(upcast = function)]`, or another name"];

    a_text_becomes_a_decimal: Plan, ["prices"] => {
        struct Price { id: i64, #[db(decimal(10, 2), upcast = exact)] price: Decimal }
    }, expect![[r#"
        needs a plan: `Price.price` was `string` and is `decimal`: a function converts the values, 5 records
        prices r2 [Int(1), Decimal(1.50)]
        prices r2 [Int(2), Decimal(2.50)]
        prices r2 [Int(3), Decimal(3.50)]
        prices r2 [Int(4), Decimal(4.50)]
        prices r2 [Int(5), Decimal(5.50)]"#]];

    a_text_becomes_a_decimal_with_fewer_digits_than_it_has: Refused, ["prices"] => {
        struct Price { id: i64, #[db(decimal(10, 0), upcast = exact)] price: Decimal }
    }, expect![[r#"
        needs a plan: `Price.price` was `string` and is `decimal`: a function converts the values, 5 records
        Price records do not keep what the model says now: price: expected at most 10 digits before the point and 0 after it: 1, 2, 3 and 2 more"#]];

    an_integer_becomes_a_text: Plan, ["sizes"] => {
        struct Size { id: i64, #[db(upcast = shown)] size: String }
    }, expect![[r#"
        needs a plan: `Size.size` was `integer` and is `string`: a function converts the values, 5 records
        sizes r2 [Int(1), Text("100")]
        sizes r2 [Int(2), Text("200")]
        sizes r2 [Int(3), Text("300")]
        sizes r2 [Int(4), Text("400")]
        sizes r2 [Int(5), Text("500")]"#]];

    a_list_is_made_of_one_value: Plan, ["words"] => {
        struct Word { id: i64, #[db(upcast = list)] word: Vec<String> }
    } with {
        fn list(word: String) -> Vec<String> {
            vec![word]
        }
    }, expect![[r#"
        needs a plan: `Word.word` was `string` and is `array of string`: a function converts the values, 5 records
        words r3 [Int(1), List([Text("changed")])]
        words r2 [Int(2), List([Text("word 2")])]
        words r2 [Int(3), List([Text("word 3")])]
        words r2 [Int(4), List([Text("word 4")])]
        words r2 [Int(5), List([Text("word 5")])]"#]];

    a_null_stays_null: Plan, ["hints"] => {
        struct Hint { id: i64, #[db(upcast = length)] hint: Option<i64> }
    } with {
        fn length(hint: Option<String>) -> Option<i64> {
            hint.map(|hint| i64::try_from(hint.len()).expect("is short"))
        }
    }, expect![[r#"
        needs a plan: `Hint.hint` was `string` and is `integer`: a function converts the values, 5 records
        hints r2 [Int(1), Null]
        hints r2 [Int(2), Int(2)]
        hints r2 [Int(3), Int(7)]
        hints r2 [Int(4), Null]
        hints r2 [Int(5), Int(2)]"#]];

    a_function_does_not_take_null: Refused, ["hints"] => {
        struct Hint { id: i64, #[db(upcast = length)] hint: Option<i64> }
    } with {
        fn length(hint: String) -> Option<i64> {
            i64::try_from(hint.len()).ok()
        }
    }, expect![[r#"
        needs a plan: `Hint.hint` was `string` and is `integer`: a function converts the values, 5 records
        Hint records do not keep what the model says now: hint: there is no value, and the function takes string: 1, 4"#]];

    a_function_fails_for_some: Refused, ["hints"] => {
        struct Hint { id: i64, #[db(upcast = number)] hint: Option<i64> }
    } with {
        fn number(hint: Option<String>) -> Result<Option<i64>, std::num::ParseIntError> {
            hint.map(|hint| hint.parse()).transpose()
        }
    }, expect![[r#"
        needs a plan: `Hint.hint` was `string` and is `integer`: a function converts the values, 5 records
        Hint records do not keep what the model says now: hint: invalid digit found in string: 3"#]];

    a_function_takes_another_type: Refused, ["prices"] => {
        struct Price { id: i64, #[db(upcast = cents)] price: Decimal }
    } with {
        fn cents(price: i64) -> Decimal {
            Decimal::from(price)
        }
    }, expect![[r#"
        needs a plan: `Price.price` was `string` and is `decimal`: a function converts the values
        `Price.price`: the function takes `integer`, and `price` was `string`"#]];

    a_field_is_renamed_and_of_another_type: Plan, ["sizes"] => {
        struct Size { id: i64, #[db(renamed_from = "size", upcast = shown)] extent: String }
    }, expect![[r#"
        needs a plan: `Size.extent` was `integer` and is `string`: a function converts the values, 5 records
        sizes r2 [Int(1), Text("100")]
        sizes r2 [Int(2), Text("200")]
        sizes r2 [Int(3), Text("300")]
        sizes r2 [Int(4), Text("400")]
        sizes r2 [Int(5), Text("500")]"#]];

    an_enum_becomes_another: Plan, ["feelings"] => {
        struct Feeling { id: i64, #[db(upcast = mood)] mood: Mood }
    } with {
        #[derive(DeclarativeEnum)]
        enum Mood {
            Quiet,
            Noisy,
        }
        fn mood(former: crate::before::Mood) -> Mood {
            match former {
                crate::before::Mood::Calm => Mood::Quiet,
                crate::before::Mood::Loud => Mood::Noisy,
            }
        }
    }, expect![[r#"
        needs a plan: `Feeling.mood` was `enum` and is `enum`: a function converts the values, 5 records
        feelings r2 [Int(1), Text("Quiet")]
        feelings r2 [Int(2), Text("Noisy")]
        feelings r2 [Int(3), Text("Quiet")]
        feelings r2 [Int(4), Text("Noisy")]
        feelings r2 [Int(5), Text("Quiet")]"#]];

    an_enum_becomes_a_truth: Plan, ["feelings"] => {
        struct Feeling { id: i64, #[db(renamed_from = "mood", upcast = is_loud)] is_loud: bool }
    } with {
        #[derive(DeclarativeEnum)]
        enum FormerMood {
            Calm,
            Loud,
        }
        fn is_loud(mood: FormerMood) -> bool {
            matches!(mood, FormerMood::Loud)
        }
    }, expect![[r#"
        needs a plan: `Feeling.is_loud` was `enum` and is `boolean`: a function converts the values, 5 records
        feelings r2 [Int(1), Bool(false)]
        feelings r2 [Int(2), Bool(true)]
        feelings r2 [Int(3), Bool(false)]
        feelings r2 [Int(4), Bool(true)]
        feelings r2 [Int(5), Bool(false)]"#]];

    an_enum_loses_a_variant_that_records_have: Refused, ["feelings"] => {
        struct Feeling { id: i64, mood: Mood }
    } with {
        #[derive(DeclarativeEnum)]
        enum Mood {
            Calm,
        }
    }, expect![[r#"
        compatible: `Feeling` declares something else of the same fields
        Feeling records do not keep what the model says now: mood: expected an enum: 2, 4"#]];

    two_fields_become_one: Plan, ["persons", "posts"] => {
        struct Person { id: i64, #[db(upcast(first, last) = join)] name: String }
        struct Post { id: i64, #[relation(belongs_to = Person)] person_id: Id<Person> }
    } with {
        fn join(first: String, last: String) -> String {
            format!("{first} {last}")
        }
    }, expect![[r#"
        needs a plan: `Person.name` (string) is new: a function makes its values from first, last, 5 records
        needs a plan: `Person.first` (string) is left out, 5 records
        needs a plan: `Person.last` (string) is left out, 5 records
        persons r2 [Int(1), Text("First1 Last1")]
        persons r2 [Int(2), Text("First2 Last2")]
        persons r2 [Int(3), Text("First3 Last3")]
        persons r2 [Int(4), Text("First4 Last4")]
        persons r2 [Int(5), Text("First5 Last5")]
        posts r1 [Int(1), Int(1)]
        posts r1 [Int(2), Int(2)]
        posts r1 [Int(3), Int(3)]
        posts r1 [Int(4), Int(4)]
        posts r1 [Int(5), Int(5)]"#]];

    one_field_becomes_two: Plan, ["words"] => {
        struct Word { id: i64, #[db(upcast(word) = head)] head: String, #[db(upcast(word) = tail)] tail: String }
    } with {
        fn head(word: String) -> String {
            word.chars().take(1).collect()
        }
        fn tail(word: String) -> String {
            word.chars().skip(1).collect()
        }
    }, expect![[r#"
        needs a plan: `Word.head` (string) is new: a function makes its values from word, 5 records
        needs a plan: `Word.tail` (string) is new: a function makes its values from word, 5 records
        needs a plan: `Word.word` (string) is left out, 5 records
        words r3 [Int(1), Text("c"), Text("hanged")]
        words r2 [Int(2), Text("w"), Text("ord 2")]
        words r2 [Int(3), Text("w"), Text("ord 3")]
        words r2 [Int(4), Text("w"), Text("ord 4")]
        words r2 [Int(5), Text("w"), Text("ord 5")]"#]];

    a_field_is_made_of_one_that_stays: Plan, ["words"] => {
        struct Word { id: i64, word: String, #[db(upcast(word) = letters)] length: i64 }
    }, expect![[r#"
        needs a plan: `Word.length` (integer) is new: a function makes its values from word, 5 records
        words r3 [Int(1), Text("changed"), Int(7)]
        words r2 [Int(2), Text("word 2"), Int(6)]
        words r2 [Int(3), Text("word 3"), Int(6)]
        words r2 [Int(4), Text("word 4"), Int(6)]
        words r2 [Int(5), Text("word 5"), Int(6)]"#]];

    a_field_is_made_of_one_that_is_not_there: Refused, ["words"] => {
        struct Word { id: i64, word: String, #[db(upcast(wort) = letters)] length: i64 }
    }, expect![[r#"
        needs a plan: `Word.length` (integer) is new: a function makes its values from wort
        `Word.length`: the data has no field `wort`"#]];

    what_was_a_default_is_converted_too: Plan, ["ranks"] => {
        struct Rank { id: i64, #[db(upcast = shown)] rank: String }
    }, expect![[r#"
        needs a plan: `Rank.rank` was `integer` and is `string`: a function converts the values, 5 records
        ranks r2 [Int(1), Text("7")]
        ranks r2 [Int(2), Text("7")]
        ranks r2 [Int(3), Text("30")]
        ranks r2 [Int(4), Text("40")]
        ranks r2 [Int(5), Text("50")]"#]];

    what_is_made_is_unique: Plan, ["sizes"] => {
        struct Size { id: i64, #[db(unique, upcast = shown)] size: String }
    }, expect![[r#"
        needs a plan: `Size.size` was `integer` and is `string`: a function converts the values, 5 records
        sizes r2 [Int(1), Text("100")]
        sizes r2 [Int(2), Text("200")]
        sizes r2 [Int(3), Text("300")]
        sizes r2 [Int(4), Text("400")]
        sizes r2 [Int(5), Text("500")]"#]];

    what_is_made_is_not_unique: Refused, ["sizes"] => {
        struct Size { id: i64, #[db(unique, upcast = sign)] size: bool }
    } with {
        fn sign(size: i64) -> bool {
            size > 0
        }
    }, expect![[r#"
        needs a plan: `Size.size` was `integer` and is `boolean`: a function converts the values, 5 records
        Size records do not keep what the model says now: size: several records have the same value: 1, 2, 3 and 2 more"#]];

    a_key_is_of_another_type: Refused, ["words"] => {
        struct Word { id: String, word: String }
    }, expect!["refused: `Word.id` is part of the key, which never changes its type"];
}

fn exact(text: String) -> Result<Decimal, String> {
    text.parse().map_err(|_| "is not a number".to_owned())
}

fn shown(number: i64) -> String {
    number.to_string()
}

fn letters(word: String) -> i64 {
    i64::try_from(word.len()).expect("is short")
}
