/* The fields of a piece of evidence: what a profile's selectors fill, and the columns of native evidence
 * (CONTRACT section 3.2; duenotice-profile(5)). */
#ifndef DN_EVIDENCE_FIELD_H
#define DN_EVIDENCE_FIELD_H

/* In the order of the native columns. The last four are only told by native evidence, where they win. */
enum dn_field {
    DN_FIELD_RECORD_ID,
    DN_FIELD_AT,
    DN_FIELD_OPERATION,
    DN_FIELD_ACTOR,
    DN_FIELD_ADDRESS,
    DN_FIELD_USER_AGENT,
    DN_FIELD_SESSION,
    DN_FIELD_TENANT,
    DN_FIELD_SERVICE,
    DN_FIELD_RESOURCE,
    DN_FIELD_DATA_SUBJECTS,
    DN_FIELD_OUTCOME,
    DN_FIELD_INCIDENT_ID,
    DN_FIELD_EFFECT,
    DN_FIELD_CERTAINTY,
    DN_FIELD_EVIDENCE
};
#define DN_FIELDS 16

/* Their names, NULL-ended, in that order. */
extern const char *const dn_field_words[];

#endif
