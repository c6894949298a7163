// The storefront's one module: small things on top of pages that work without it.

import { fillMine } from "./me";
import { liveForms } from "./live_form";

liveForms();
void fillMine();
