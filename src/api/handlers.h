// The functions behind the routes, one file per resource.
#pragma once

#include "api/route.h"

namespace maester::api {

// data_plane.h has those that are one run of the pipeline; count_tokens.cc, models.cc
runtime::Task<void> count_message_tokens(Context&);
runtime::Task<Result<Answer>> list_models(Context&);
runtime::Task<Result<Answer>> get_model(Context&);

// prompts.cc
runtime::Task<Result<Answer>> push_prompt(Context&);
runtime::Task<Result<Answer>> list_prompts(Context&);
runtime::Task<Result<Answer>> show_prompt(Context&);
runtime::Task<Result<Answer>> list_prompt_versions(Context&);
runtime::Task<Result<Answer>> show_prompt_version(Context&);
runtime::Task<Result<Answer>> delete_prompt(Context&);
runtime::Task<Result<Answer>> render_prompt(Context&);
runtime::Task<Result<Answer>> diff_prompt(Context&);

// prompt_labels.cc
runtime::Task<Result<Answer>> list_prompt_labels(Context&);
runtime::Task<Result<Answer>> set_prompt_label(Context&);
runtime::Task<Result<Answer>> rollback_prompt(Context&);
runtime::Task<Result<Answer>> delete_prompt_label(Context&);
runtime::Task<Result<Answer>> prompt_label_history(Context&);

// prompt_results.cc
runtime::Task<Result<Answer>> prompt_label_results(Context&);

// prompt_rights.cc
runtime::Task<Result<Answer>> list_protections(Context&);
runtime::Task<Result<Answer>> put_protection(Context&);
runtime::Task<Result<Answer>> delete_protection(Context&);
runtime::Task<Result<Answer>> approve_prompt_version(Context&);

// prompt_drafts.cc
runtime::Task<Result<Answer>> list_prompt_drafts(Context&);
runtime::Task<Result<Answer>> show_prompt_draft(Context&);
runtime::Task<Result<Answer>> save_prompt_draft(Context&);
runtime::Task<Result<Answer>> delete_prompt_draft(Context&);
runtime::Task<Result<Answer>> publish_prompt_draft(Context&);

// records.cc: receipts, usage, the reliability summary
runtime::Task<Result<Answer>> list_requests(Context&);
runtime::Task<Result<Answer>> show_request(Context&);
runtime::Task<Result<Answer>> usage(Context&);
runtime::Task<Result<Answer>> own_usage(Context&);
runtime::Task<Result<Answer>> reliability_metrics(Context&);

// pricing.cc, recost.cc
runtime::Task<Result<Answer>> list_pricing(Context&);
runtime::Task<Result<Answer>> show_pricing(Context&);
runtime::Task<Result<Answer>> import_pricing(Context&);
runtime::Task<Result<Answer>> start_recost(Context&);
runtime::Task<Result<Answer>> show_recost(Context&);
runtime::Task<Result<Answer>> list_recosts(Context&);

// budgets.cc
runtime::Task<Result<Answer>> create_budget(Context&);
runtime::Task<Result<Answer>> list_budgets(Context&);
runtime::Task<Result<Answer>> show_budget(Context&);
runtime::Task<Result<Answer>> change_budget(Context&);
runtime::Task<Result<Answer>> delete_budget(Context&);

// limits.cc
runtime::Task<Result<Answer>> create_limit(Context&);
runtime::Task<Result<Answer>> list_limits(Context&);
runtime::Task<Result<Answer>> show_limit(Context&);
runtime::Task<Result<Answer>> change_limit(Context&);
runtime::Task<Result<Answer>> delete_limit(Context&);

// cache.cc
runtime::Task<Result<Answer>> show_cache(Context&);
runtime::Task<Result<Answer>> empty_cache(Context&);

// collections.cc
runtime::Task<Result<Answer>> create_collection(Context&);
runtime::Task<Result<Answer>> list_collections(Context&);
runtime::Task<Result<Answer>> show_collection(Context&);
runtime::Task<Result<Answer>> change_collection(Context&);
runtime::Task<Result<Answer>> delete_collection(Context&);
runtime::Task<Result<Answer>> list_index_versions(Context&);
runtime::Task<Result<Answer>> build_index_version(Context&);
runtime::Task<Result<Answer>> delete_index_version(Context&);
runtime::Task<Result<Answer>> flip_index(Context&);
runtime::Task<Result<Answer>> rollback_index(Context&);

// documents.cc
runtime::Task<Result<Answer>> add_documents(Context&);
runtime::Task<Result<Answer>> list_documents(Context&);
runtime::Task<Result<Answer>> show_document(Context&);
runtime::Task<Result<Answer>> document_text(Context&);
runtime::Task<Result<Answer>> delete_document(Context&);
runtime::Task<Result<Answer>> delete_documents(Context&);

// files.cc, batches.cc
runtime::Task<Result<Answer>> upload_file(Context&);
runtime::Task<Result<Answer>> list_files(Context&);
runtime::Task<Result<Answer>> show_file(Context&);
runtime::Task<Result<Answer>> file_content(Context&);
runtime::Task<Result<Answer>> delete_file(Context&);
runtime::Task<Result<Answer>> create_batch(Context&);
runtime::Task<Result<Answer>> list_batches(Context&);
runtime::Task<Result<Answer>> show_batch(Context&);
runtime::Task<Result<Answer>> cancel_batch(Context&);

// datasets.cc, dataset_cases.cc
runtime::Task<Result<Answer>> create_dataset(Context&);
runtime::Task<Result<Answer>> list_datasets(Context&);
runtime::Task<Result<Answer>> show_dataset(Context&);
runtime::Task<Result<Answer>> delete_dataset(Context&);
runtime::Task<Result<Answer>> list_dataset_versions(Context&);
runtime::Task<Result<Answer>> export_dataset(Context&);
runtime::Task<Result<Answer>> add_dataset_cases(Context&);
runtime::Task<Result<Answer>> list_dataset_cases(Context&);
runtime::Task<Result<Answer>> show_dataset_case(Context&);
runtime::Task<Result<Answer>> change_dataset_case(Context&);
runtime::Task<Result<Answer>> delete_dataset_case(Context&);
runtime::Task<Result<Answer>> approve_dataset_cases(Context&);
runtime::Task<Result<Answer>> quarantine_dataset_cases(Context&);

// eval_runs.cc
runtime::Task<Result<Answer>> start_eval_run(Context&);
runtime::Task<Result<Answer>> list_eval_runs(Context&);
runtime::Task<Result<Answer>> show_eval_run(Context&);
runtime::Task<Result<Answer>> list_eval_results(Context&);
runtime::Task<Result<Answer>> cancel_eval_run(Context&);
runtime::Task<Result<Answer>> retry_eval_run(Context&);
runtime::Task<Result<Answer>> rescore_eval_run(Context&);
runtime::Task<Result<Answer>> delete_eval_run(Context&);

// feedback.cc
runtime::Task<Result<Answer>> give_feedback(Context&);
runtime::Task<Result<Answer>> list_feedback(Context&);

// mcp.cc
runtime::Task<Result<Answer>> mcp(Context&);

// answers.cc
runtime::Task<void> answer_question(Context&);

// search.cc
runtime::Task<Result<Answer>> search_collection(Context&);

// jobs.cc
runtime::Task<Result<Answer>> list_jobs(Context&);
runtime::Task<Result<Answer>> diagnose_jobs(Context&);
runtime::Task<Result<Answer>> show_job(Context&);
runtime::Task<Result<Answer>> retry_job(Context&);
runtime::Task<Result<Answer>> cancel_job(Context&);

// traces.cc
runtime::Task<Result<Answer>> list_traces(Context&);
runtime::Task<Result<Answer>> show_trace(Context&);

// replays.cc
runtime::Task<Result<Answer>> show_replay(Context&);
runtime::Task<Result<Answer>> run_replay(Context&);
runtime::Task<Result<Answer>> replay_fixture(Context&);

// live_rules.cc
runtime::Task<Result<Answer>> create_live_rule(Context&);
runtime::Task<Result<Answer>> list_live_rules(Context&);
runtime::Task<Result<Answer>> show_live_rule(Context&);
runtime::Task<Result<Answer>> delete_live_rule(Context&);

// reviews.cc
runtime::Task<Result<Answer>> list_reviews(Context&);
runtime::Task<Result<Answer>> create_review(Context&);
runtime::Task<Result<Answer>> claim_review(Context&);
runtime::Task<Result<Answer>> review_agreement(Context&);
runtime::Task<Result<Answer>> show_review(Context&);
runtime::Task<Result<Answer>> assign_review(Context&);
runtime::Task<Result<Answer>> label_review(Context&);
runtime::Task<Result<Answer>> dismiss_review(Context&);

// keys.cc
runtime::Task<Result<Answer>> create_key(Context&);
runtime::Task<Result<Answer>> list_keys(Context&);
runtime::Task<Result<Answer>> show_key(Context&);
runtime::Task<Result<Answer>> revoke_key(Context&);
runtime::Task<Result<Answer>> rotate_key(Context&);

// tenants.cc
runtime::Task<Result<Answer>> create_tenant(Context&);
runtime::Task<Result<Answer>> list_tenants(Context&);
runtime::Task<Result<Answer>> show_tenant(Context&);
runtime::Task<Result<Answer>> erase_tenant(Context&);

// audit.cc
runtime::Task<Result<Answer>> list_audit(Context&);

// config.cc
runtime::Task<Result<Answer>> show_config(Context&);
runtime::Task<Result<Answer>> put_config(Context&);
runtime::Task<Result<Answer>> list_config_versions(Context&);
runtime::Task<Result<Answer>> rollback_config(Context&);

// backups.cc
runtime::Task<Result<Answer>> make_backup(Context&);
runtime::Task<Result<Answer>> list_backups(Context&);

// health.cc
runtime::Task<Result<Answer>> healthz(Context&);
runtime::Task<Result<Answer>> readyz(Context&);
runtime::Task<Result<Answer>> metrics(Context&);

// openapi.cc
runtime::Task<Result<Answer>> openapi(Context&);
runtime::Task<Result<Answer>> index(Context&);

}  // namespace maester::api
