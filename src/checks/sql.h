// Whether a text is SQL by its form: an extension of ours in the place of promptfoo's is-sql, whose
// parser is one library's and not to be had elsewhere. Private to checks; pure.
#pragma once

#include <string_view>

namespace maester::checks {

// One or more statements that begin as statements do, with closed quotes and parentheses, clauses
// in their order and no clause or operator left hanging. Of SELECT, INSERT, UPDATE, DELETE, CREATE,
// DROP, ALTER, WITH, TRUNCATE, EXPLAIN, SHOW, DESCRIBE, GRANT, REVOKE, REPLACE, USE.
bool is_sql(std::string_view text);

}  // namespace maester::checks
