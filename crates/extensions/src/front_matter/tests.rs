//! Where the values end and the body begins.

use super::Page;
use crate::yaml::Yaml;

fn page(text: &str) -> Page {
    Page::parse(text).unwrap()
}

#[test]
fn values_stand_between_fences() {
    let page = page("\n\n-----\nname: x\n---  \n\nbody\n\n---\nmore\n");
    assert_eq!(page.get("name"), Some(&Yaml::Text("x".to_owned())));
    assert_eq!(page.body, "body\n\n---\nmore");
}

#[test]
fn a_block_that_does_not_end_is_body() {
    let page = page("---\nname: x\nbody");
    assert_eq!(page.get("name"), None);
    assert_eq!(page.body, "---\nname: x\nbody");
}

#[test]
fn a_block_that_is_no_mapping_says_nothing() {
    let page = page("---\n- a\n---\nbody");
    assert_eq!(page.pairs().count(), 0);
    assert_eq!(page.body, "body");
}

#[test]
fn an_empty_block_is_a_block() {
    assert_eq!(page("---\n---\nbody").body, "body");
}

#[test]
fn a_broken_block_is_told() {
    assert!(Page::parse("---\nname: [x\n---\nbody").is_err());
}

#[test]
fn a_tab_after_a_colon_is_a_blank() {
    assert!(page("---\nname:\tx\n---\nbody").get("name").is_some());
}
