//! The small broken project, once in Python and once in plain shell for machines without Python.

/// A project: its files, how its tests run, and the one line that is wrong.
#[derive(Debug)]
pub struct Project {
    /// The file with the mistake.
    pub source: File,
    /// The file with the tests.
    pub tests: File,
    /// How the tests are run.
    pub run: &'static str,
    /// The line that is wrong.
    pub wrong: &'static str,
    /// The line as it should be.
    pub right: &'static str,
    /// What was wrong with it.
    pub why: &'static str,
}

/// A file of the project.
#[derive(Debug)]
pub struct File {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// What the tests print at the end when all pass.
pub const PASSED: &str = "OK";
/// What the tests print at the end when one fails.
pub const FAILED: &str = "FAILED";

/// For machines with Python.
pub const PYTHON: Project = Project {
    source: File {
        name: "cart.py",
        text: r#""""A shopping cart."""


def total(prices, discount=0):
    """The sum of all prices, less a discount in percent."""
    return sum(prices) * (1 - discount / 10)
"#,
    },
    tests: File {
        name: "test_cart.py",
        text: r#"import unittest

from cart import total


class TotalTest(unittest.TestCase):
    def test_prices_are_added(self):
        self.assertEqual(total([10, 20]), 30)

    def test_discount_is_in_percent(self):
        self.assertAlmostEqual(total([100, 100], discount=25), 150)


if __name__ == "__main__":
    unittest.main()
"#,
    },
    run: "python3 -m unittest -v",
    wrong: "    return sum(prices) * (1 - discount / 10)",
    right: "    return sum(prices) * (1 - discount / 100)",
    why: "The discount is in percent, but it was divided by 10 instead of 100.",
};

/// For machines without.
pub const SHELL: Project = Project {
    source: File {
        name: "cart.sh",
        text: r#"# A shopping cart: total DISCOUNT PRICE... prints the sum, less a discount in percent.

total() {
    discount=$1
    shift
    sum=0
    for price in "$@"; do
        sum=$((sum + price))
    done
    echo $((sum * (10 - discount) / 10))
}
"#,
    },
    tests: File {
        name: "test.sh",
        text: r#". ./cart.sh

failures=0

check() {
    if [ "$2" = "$3" ]; then
        echo "ok: $1"
    else
        echo "not ok: $1: expected $3, got $2"
        failures=$((failures + 1))
    fi
}

check "prices are added" "$(total 0 10 20)" 30
check "the discount is in percent" "$(total 25 100 100)" 150

if [ "$failures" -gt 0 ]; then
    echo "FAILED (failures=$failures)"
    exit 1
fi
echo OK
"#,
    },
    run: "sh test.sh",
    wrong: "    echo $((sum * (10 - discount) / 10))",
    right: "    echo $((sum * (100 - discount) / 100))",
    why: "The discount is in percent, but the sum was cut in tenths instead of hundredths.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wrong_line_stands_in_the_source_once() {
        for project in [PYTHON, SHELL] {
            assert_eq!(project.source.text.matches(project.wrong).count(), 1);
            assert!(!project.source.text.contains(project.right));
        }
    }
}
