#include "meter/usage.h"

namespace maester::meter {

std::string_view to_string(Provenance provenance) {
  switch (provenance) {
    case Provenance::provider:
      return "provider";
    case Provenance::counted:
      return "counted";
    case Provenance::estimated:
      return "estimated";
  }
  return "estimated";
}

}  // namespace maester::meter
