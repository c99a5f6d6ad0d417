// Loads whatever the readers would load later: in the sandbox nothing can be opened.
#pragma once

namespace maester::extract {

void warm();

}  // namespace maester::extract
