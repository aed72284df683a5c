//! Reading Rust just well enough for the rules: comments, texts and tests taken out, paths spelled in full.

/// A path that a file uses, such as `std::env::var`, and the line it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    pub path: String,
    pub line: usize,
}

impl Used {
    /// Whether it is this path or lies in it.
    pub fn is_in(&self, prefix: &str) -> bool {
        self.path
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }
}

/// Every path of the file outside its tests, imports spelled in full; a macro's path ends in `!`.
pub fn paths(code: &str) -> Vec<Used> {
    let tokens = tokens(&without_tests(&bare(code)));
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        // `use<'a>` after `impl` says what is captured and imports nothing.
        if tokens[at].text == "use" && text(&tokens, at + 1) != "<" {
            at = import(&tokens, at + 1, "", &mut paths);
        } else if tokens[at].is_word() {
            at = spelled(&tokens, at, &mut paths);
        } else {
            at += 1;
        }
    }
    paths
}

/// The lines on which a word stands as a word of the language, tests included.
pub fn lines_with(text: &str, word: &str) -> Vec<usize> {
    tokens(&bare(text))
        .iter()
        .filter(|token| token.text == word)
        .map(|token| token.line)
        .collect()
}

/// The lines on which a method of that name is called, tests left out.
pub fn calls(code: &str, method: &str) -> Vec<usize> {
    let tokens = tokens(&without_tests(&bare(code)));
    tokens
        .windows(3)
        .filter(|three| three[0].text == "." && three[1].text == method && three[2].text == "(")
        .map(|three| three[1].line)
        .collect()
}

/// The text with comments and literals blanked out, line for line.
pub fn bare(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_or_comment(&chars, at);
        if end > at {
            let blank = |c: &char| if *c == '\n' { '\n' } else { ' ' };
            out.extend(chars[at..end].iter().map(blank));
            at = end;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

/// Where the comment or literal that begins here ends; here itself if none does.
fn literal_or_comment(chars: &[char], at: usize) -> usize {
    match (chars[at], chars.get(at + 1)) {
        ('/', Some('/')) => find(chars, at, '\n').unwrap_or(chars.len()),
        ('/', Some('*')) => block_comment(chars, at),
        ('"', _) => quoted(chars, at),
        ('r', Some('"' | '#')) if !follows_word(chars, at) => raw(chars, at),
        ('\'', Some('\\')) => find(chars, at + 3, '\'').map_or(chars.len(), |end| end + 1),
        ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
}

fn follows_word(chars: &[char], at: usize) -> bool {
    // `br"..."` is a literal too.
    let before = at.checked_sub(1).and_then(|i| chars.get(i));
    before.is_some_and(|c| is_word(*c) && *c != 'b')
}

fn block_comment(chars: &[char], start: usize) -> usize {
    let mut depth = 0;
    let mut at = start;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => depth += 1,
            ('*', Some('/')) => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    chars.len()
}

fn quoted(chars: &[char], start: usize) -> usize {
    let mut at = start + 1;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

fn raw(chars: &[char], start: usize) -> usize {
    let hashes = chars[start + 1..].iter().take_while(|c| **c == '#').count();
    let open = start + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return start; // `r#name`
    }
    let closing: Vec<char> = std::iter::once('"')
        .chain(std::iter::repeat_n('#', hashes))
        .collect();
    (open + 1..chars.len())
        .find(|at| chars[*at..].starts_with(&closing))
        .map_or(chars.len(), |at| at + closing.len())
}

fn find(chars: &[char], from: usize, wanted: char) -> Option<usize> {
    (from..chars.len()).find(|at| chars[*at] == wanted)
}

/// Bare code with every item under `#[cfg(test)]` blanked out.
fn without_tests(bare: &str) -> String {
    let mut out = bare.to_owned();
    let mut from = 0;
    while let Some(at) = out[from..].find("#[cfg(test)]").map(|at| from + at) {
        let item = at + "#[cfg(test)]".len();
        let end = item_end(&out[item..]) + item;
        let blank: String = out[at..end]
            .chars()
            .map(|c| if c == '\n' { '\n' } else { ' ' })
            .collect();
        out.replace_range(at..end, &blank);
        from = at;
    }
    out
}

/// Where the item at the start of this code ends: at its `;` or its last brace.
fn item_end(code: &str) -> usize {
    let mut depth = 0_u32;
    for (at, c) in code.char_indices() {
        match c {
            ';' if depth == 0 => return at + 1,
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

#[derive(Debug)]
struct Token {
    text: String,
    line: usize,
}

impl Token {
    fn is_word(&self) -> bool {
        self.text.chars().all(is_word)
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn tokens(bare: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut line = 1;
    let mut joined = false;
    for c in bare.chars() {
        if c == '\n' {
            line += 1;
        }
        if c.is_whitespace() {
            joined = false;
            continue;
        }
        let joins = match tokens.last_mut() {
            Some(last) if joined => {
                (is_word(c) && last.is_word()) || (c == ':' && last.text == ":")
            }
            _ => false,
        };
        if joins && let Some(last) = tokens.last_mut() {
            last.text.push(c);
        } else {
            tokens.push(Token {
                text: c.to_string(),
                line,
            });
        }
        joined = true;
    }
    tokens
}

fn text(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| &token.text)
}

/// Reads a use tree and gives where it ends.
fn import(tokens: &[Token], start: usize, prefix: &str, paths: &mut Vec<Used>) -> usize {
    let mut path = prefix.to_owned();
    let mut line = tokens.get(start).map_or(0, |token| token.line);
    let mut at = start;
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "::" => {}
            "{" => {
                at = import_group(tokens, at + 1, &path, paths);
                return at;
            }
            "as" => at += 1,
            ";" | "," | "}" => break,
            "self" | "*" if !path.is_empty() => {}
            word => {
                if !path.is_empty() {
                    path.push_str("::");
                }
                path.push_str(word);
                line = token.line;
            }
        }
        at += 1;
    }
    paths.push(Used { path, line });
    at
}

fn import_group(tokens: &[Token], start: usize, prefix: &str, paths: &mut Vec<Used>) -> usize {
    let mut at = start;
    loop {
        match text(tokens, at) {
            "}" => return at + 1,
            "" | ";" => return at, // no Rust: never go round in circles over it
            "," => at += 1,
            _ => at = import(tokens, at, prefix, paths),
        }
    }
}

/// Reads a path in the code and gives where it ends.
fn spelled(tokens: &[Token], start: usize, paths: &mut Vec<Used>) -> usize {
    let mut path = tokens[start].text.clone();
    let mut at = start + 1;
    while text(tokens, at) == "::" && tokens.get(at + 1).is_some_and(Token::is_word) {
        path.push_str("::");
        path.push_str(text(tokens, at + 1));
        at += 2;
    }
    if text(tokens, at) == "!" && text(tokens, at + 1) != "=" {
        path.push('!');
    }
    paths.push(Used {
        path,
        line: tokens[start].line,
    });
    at
}

#[cfg(test)]
mod tests;
