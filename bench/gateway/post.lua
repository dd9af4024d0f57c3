-- 1 KB of JSON, as an editing form would send it.
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.body = '{"note":"' .. string.rep("x", 1013) .. '"}'
