/* Inside lib/deadline: the entries of a file of regimes. */
#ifndef DN_DEADLINE_REGIME_READ_H
#define DN_DEADLINE_REGIME_READ_H

#include "deadline/regime.h"
#include "stream/yaml.h"

/* Reads one entry into *regime, zeroed before; its owner clears it, also after an error. DN_INVALID with its place. */
enum dn_status dn_regime_read(const struct dn_yaml_file *file, const struct dn_yaml *entry, struct dn_regime *regime,
                              struct dn_error *err);

/* The same for an entry of `unnumbered` or `pending`. */
enum dn_status dn_duty_read(const struct dn_yaml_file *file, const struct dn_yaml *entry, struct dn_duty *duty,
                            struct dn_error *err);

void dn_regime_clear(struct dn_regime *regime);
void dn_duty_clear(struct dn_duty *duty);

#endif
