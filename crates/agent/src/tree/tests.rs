//! Trees, and where their branches go.

use domain::EventId;

use super::Tree;

/// Grows a tree: `a` follows its neighbour, `a<b` follows b, `a<` begins at the root, `-a` hangs beside the branch.
fn tree(text: &str) -> Tree {
    let mut tree = Tree::default();
    for word in text.split_whitespace() {
        let beside = word.starts_with('-');
        let (name, parent) = match word.trim_start_matches('-').split_once('<') {
            Some((name, "")) => (name, Some(EventId::root())),
            Some((name, parent)) => (name, Some(EventId::new(parent))),
            None => (word.trim_start_matches('-'), None),
        };
        tree.grow(EventId::new(name), parent.as_ref(), !beside);
    }
    tree
}

#[test]
fn events_without_parents_are_a_straight_line() {
    let tree = tree("a b -c d");
    assert_eq!(tree.branch(), [0, 1, 3]);
    assert_eq!(tree.leaf(), Some(&EventId::new("d")));
    assert_eq!(tree.next_parent(), Some(EventId::new("d")));
}

#[test]
fn a_branch_goes_from_the_root_to_the_leaf() {
    let tree = tree("a b<a c<b d<a e<d");
    assert_eq!(tree.branch(), [0, 3, 4]);
    assert_eq!(tree.path_to(&EventId::new("c")), Some(vec![0, 1, 2]));
    assert_eq!(tree.path_to(&EventId::new("x")), None);
}

#[test]
fn an_event_whose_parent_is_missing_follows_the_leaf() {
    assert_eq!(tree("a b<a c<lost d<c").branch(), [0, 1, 2, 3]);
    assert_eq!(tree("a<lost b<a").branch(), [0, 1]);
}

#[test]
fn an_id_that_comes_again_makes_no_cycle() {
    let tree = tree("a b<a a<b c<a");
    assert_eq!(tree.branch(), [0, 1, 2, 3]);
    assert_eq!(tree.len(), 4);
}

#[test]
fn the_head_moves_anywhere_that_exists() {
    let mut tree = tree("a b<a c<b");
    assert!(tree.navigate(Some(&EventId::new("a"))));
    assert_eq!(
        (tree.branch(), tree.next_parent()),
        (vec![0], Some(EventId::new("a")))
    );
    assert!(!tree.navigate(Some(&EventId::new("x"))));
    assert_eq!(tree.branch(), [0], "nowhere is no place to go");
    assert!(tree.navigate(None));
    assert_eq!(
        (tree.branch(), tree.next_parent()),
        (vec![], Some(EventId::root()))
    );
    tree.grow(EventId::new("d"), Some(&EventId::root()), true);
    assert_eq!(tree.branch(), [3]);
}

#[test]
fn the_very_first_event_has_no_parent() {
    assert_eq!(Tree::default().next_parent(), None);
}

#[test]
fn what_hangs_beside_does_not_move_the_leaf() {
    let tree = tree("-a b<");
    assert_eq!(tree.branch(), [1]);
    assert_eq!(self::tree("a -b<a").leaf(), Some(&EventId::new("a")));
}
