namespace Scheduler.Bbs.Validation;

/// <summary>Validates the tree of actions that a container runs.</summary>
internal static class ActionRules
{
    private static readonly string[] ChecksumAlgorithms = ["md5", "sha1", "sha256"];

    public static void Check(LrpAction? action, string path, Violations violations)
    {
        if (action is null)
        {
            violations.Add(path, "must be set");
            return;
        }
        var set = 0;
        if (action.DownloadAction is { } download)
            Check(download, $"{path}.download_action", violations, ref set);
        if (action.UploadAction is { } upload)
            Check(upload, $"{path}.upload_action", violations, ref set);
        if (action.RunAction is { } run)
            Check(run, $"{path}.run_action", violations, ref set);
        if (action.TimeoutAction is { } timeout)
            Check(timeout, $"{path}.timeout_action", violations, ref set);
        if (action.EmitProgressAction is { } progress)
            CheckInner(progress.Action, $"{path}.emit_progress_action", violations, ref set);
        if (action.TryAction is { } attempt)
            CheckInner(attempt.Action, $"{path}.try_action", violations, ref set);
        if (action.ParallelAction is { } parallel)
            CheckAll(parallel.Actions, $"{path}.parallel_action", violations, ref set);
        if (action.SerialAction is { } serial)
            CheckAll(serial.Actions, $"{path}.serial_action", violations, ref set);
        if (action.CodependentAction is { } codependent)
            CheckAll(codependent.Actions, $"{path}.codependent_action", violations, ref set);
        violations.Require(set == 1, path, set == 0 ? "must have one action" : "must have exactly one action");
    }

    /// <summary>Requires both algorithm and value of a checksum, or neither.</summary>
    public static void CheckChecksum(string algorithm, string value, string path, Violations violations)
    {
        if (algorithm.Length == 0 && value.Length == 0)
            return;
        violations.Require(value.Length > 0, $"{path}.checksum_value", "must be set together with checksum_algorithm");
        if (algorithm.Length == 0)
            violations.Add($"{path}.checksum_algorithm", "must be set together with checksum_value");
        else
            violations.Require(
                ChecksumAlgorithms.Contains(algorithm, StringComparer.OrdinalIgnoreCase),
                $"{path}.checksum_algorithm",
                "must be md5, sha1 or sha256"
            );
    }

    /// <summary>Requires a URL that a cell can transfer from or to.</summary>
    public static void CheckUrl(string url, string field, Violations violations) =>
        violations.Require(IsHttp(url), field, "must be an http or https URL");

    public static bool IsHttp(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed) && (parsed.Scheme == Uri.UriSchemeHttp || parsed.Scheme == Uri.UriSchemeHttps);

    private static void Check(DownloadAction action, string path, Violations violations, ref int set)
    {
        set++;
        CheckUrl(action.From, $"{path}.from", violations);
        violations.NotEmpty(action.To, $"{path}.to");
        violations.NotEmpty(action.User, $"{path}.user");
        CheckChecksum(action.ChecksumAlgorithm, action.ChecksumValue, path, violations);
    }

    private static void Check(UploadAction action, string path, Violations violations, ref int set)
    {
        set++;
        violations.NotEmpty(action.From, $"{path}.from");
        CheckUrl(action.To, $"{path}.to", violations);
        violations.NotEmpty(action.User, $"{path}.user");
    }

    private static void Check(RunAction action, string path, Violations violations, ref int set)
    {
        set++;
        if (action.ImageDefaults)
            return;
        violations.NotEmpty(action.Path, $"{path}.path");
        violations.NotEmpty(action.User, $"{path}.user");
    }

    private static void Check(TimeoutAction action, string path, Violations violations, ref int set)
    {
        CheckInner(action.Action, path, violations, ref set);
        violations.Require(action.TimeoutMs > 0, $"{path}.timeout_ms", "must be at least 1");
    }

    private static void CheckInner(LrpAction? inner, string path, Violations violations, ref int set)
    {
        set++;
        Check(inner, $"{path}.action", violations);
    }

    private static void CheckAll(IList<LrpAction> actions, string path, Violations violations, ref int set)
    {
        set++;
        violations.Require(actions.Count > 0, $"{path}.actions", "must have at least one action");
        for (var i = 0; i < actions.Count; i++)
            Check(actions[i], $"{path}.actions[{i}]", violations);
    }
}
