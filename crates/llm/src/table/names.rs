//! The forms under which a model may be known. Knows no table.

/// Prefixes that say how to reach a model, not which one it is.
const ROUTES: [&str; 2] = ["openhands/", "litellm_proxy/"];
/// Prefixes that gateways put before a model's name.
const DEPLOYMENTS: [&str; 4] = ["prod/", "dev/", "staging/", "test/"];

/// Makers whose models are listed under their own prefix only, while gateways name them without.
const MAKERS: [&str; 7] = [
    "moonshot", "deepseek", "minimax", "xai", "mistral", "zai", "gemini",
];

/// A name and its ever less exact forms: without the route, without a `:tag`, without leading path segments, with the
/// dots of a version written as dashes, and with its maker.
pub(super) fn forms(name: &str) -> Vec<String> {
    let name = name.trim().to_lowercase();
    let bare = strip_one(strip_one(&name, &ROUTES), &DEPLOYMENTS);
    let mut forms: Vec<String> = vec![name.clone()];
    for whole in [bare, bare.split(':').next().unwrap_or(bare)] {
        push(&mut forms, whole);
        for (at, _) in whole.match_indices('/') {
            push(&mut forms, &whole[at + 1..]);
        }
    }
    let dashed: Vec<String> = forms.iter().map(|f| f.replace('.', "-")).collect();
    for form in &dashed {
        push(&mut forms, form);
    }
    let own = stem(bare.split(':').next().unwrap_or(bare));
    for maker in MAKERS {
        push(&mut forms, &format!("{maker}/{own}"));
    }
    forms
}

/// The model's own name: without provider and route.
pub(crate) fn stem(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn push(forms: &mut Vec<String>, form: &str) {
    if !form.is_empty() && !forms.iter().any(|f| f == form) {
        forms.push(form.to_owned());
    }
}

fn strip_one<'a>(name: &'a str, prefixes: &[&str]) -> &'a str {
    let stripped = prefixes.iter().find_map(|p| name.strip_prefix(p));
    stripped.unwrap_or(name)
}
