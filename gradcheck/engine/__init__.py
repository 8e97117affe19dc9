"""A campaign on any ``concurrent.futures.Executor``: each target apart, each answer kept.

place      inside a worker: a word → targets, a target → its result
runner     who checks: this process, or (apart) an executor
tasks      what an executor calls: the same, in a worker that can be ended
executors  threads here, each with a worker; or a cluster
gather     futures → results, as they come
plan       which targets first, where time is short
fingerprint, resume   what need not be checked again
"""
