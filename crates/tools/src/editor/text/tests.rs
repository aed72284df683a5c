//! Encodings and line breaks, there and back.

use encoding_rs::{BIG5, GBK, KOI8_U, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};
use proptest::prelude::*;

use super::{Form, Text, count_lines};

fn decoded(bytes: &[u8]) -> (String, Form) {
    let text = Text::decode(bytes.to_vec()).expect("text");
    (text.chars, text.form)
}

#[test]
fn unicode_is_told_by_its_mark_or_by_being_valid() {
    assert_eq!(decoded(b""), (String::new(), Form::Utf8));
    assert_eq!(
        decoded("naïve\n".as_bytes()),
        ("naïve\n".to_owned(), Form::Utf8)
    );
    assert_eq!(
        decoded(b"\xef\xbb\xbfhi"),
        ("hi".to_owned(), Form::Utf8Marked)
    );
    assert_eq!(decoded(b"\xff\xfeh\0i\0"), ("hi".to_owned(), Form::Utf16Le));
    assert_eq!(decoded(b"\xfe\xff\0h\0i"), ("hi".to_owned(), Form::Utf16Be));
}

#[test]
fn older_encodings_are_recognised() {
    let cases = [
        (
            WINDOWS_1252,
            "Les élèves ont été reçus à l'école, où ils mangèrent.\n",
        ),
        (WINDOWS_1252, "café\n"),
        (WINDOWS_1251, "# Настройки программы\nимя = значение\n"),
        (WINDOWS_1251, "Привет, мир\n"),
        (
            KOI8_U,
            "Настройки программы по умолчанию для всех пользователей\n",
        ),
        (
            SHIFT_JIS,
            "設定ファイルを読み込みます。エラーが発生しました。\n",
        ),
        (GBK, "这是一个配置文件，请不要删除。程序启动时读取。\n"),
        (BIG5, "這是一個設定檔，請不要刪除。程式啟動時讀取。\n"),
    ];
    for (encoding, text) in cases {
        let (bytes, _, unmappable) = encoding.encode(text);
        assert!(!unmappable);
        assert_eq!(decoded(&bytes), (text.to_owned(), Form::Legacy(encoding)));
    }
}

#[test]
fn bytes_that_windows_1252_leaves_open_are_latin_1() {
    let bytes = b"caf\xe9 \x81\x8d\n";
    let text = Text::decode(bytes.to_vec()).unwrap();
    assert_eq!(text.with(&text.chars).0, bytes);
}

#[test]
fn what_is_no_text_is_told() {
    let binaries: [&[u8]; 8] = [
        b"\x7fELF\x02\x01\x01\0\0\0",
        b"a\0b",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\xff\xfe\0",
        b"\xff\xfe\0\xd8",
        b"\xff\xfea\0\0\0",
        b"\x01\x02\x03\x04",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\x1f\x8b\x08\x02",
    ];
    for bytes in binaries {
        assert_eq!(Text::decode(bytes.to_vec()), None, "{bytes:?}");
    }
}

#[test]
fn colours_and_page_breaks_are_text() {
    for text in [
        "\x1b[31mred\x1b[0m\n",
        "one\x0ctwo\n",
        "caf\u{e9} \x1b[1m\n",
    ] {
        assert_eq!(decoded(text.as_bytes()).0, text);
        let (latin, _, _) = WINDOWS_1252.encode(text);
        assert_eq!(decoded(&latin).0, text);
    }
}

#[test]
fn a_character_without_a_byte_turns_the_file_into_utf8() {
    let text = Text::decode(b"caf\xe9".to_vec()).unwrap();
    assert_eq!(text.with("thé"), (b"th\xe9".to_vec(), text.form));
    assert_eq!(text.with("→"), ("→".as_bytes().to_vec(), Form::Utf8));
}

#[test]
fn line_breaks_follow_the_majority() {
    let text = |chars: &str| Text {
        chars: chars.to_owned(),
        form: Form::Utf8,
    };
    assert_eq!(text("a\r\nb\r\n").adapt("x\ny"), "x\r\ny");
    assert_eq!(text("a\r\nb\r\nc\n").adapt("x\r\ny"), "x\r\ny");
    assert_eq!(text("a\nb\n").adapt("x\r\ny"), "x\ny");
    assert_eq!(text("").adapt("x\ny"), "x\ny");
    assert_eq!(text("a\r\nb\nc").normal(), "a\nb\nc");
}

#[test]
fn lines_are_counted_with_the_unfinished_one() {
    for (text, lines) in [("", 0), ("a", 1), ("a\n", 1), ("a\nb", 2), ("\n\n", 2)] {
        assert_eq!(count_lines(text), lines, "{text:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_either_come_back_whole_or_are_no_text(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Some(text) = Text::decode(bytes.clone()) {
            prop_assert_eq!(text.with(&text.chars), (bytes, text.form));
        }
    }

    #[test]
    fn any_printable_bytes_come_back_whole(bytes in proptest::collection::vec(32_u8..=255, 0..400)) {
        if let Some(text) = Text::decode(bytes.clone()) {
            prop_assert_eq!(text.with(&text.chars), (bytes, text.form));
        }
    }
}
