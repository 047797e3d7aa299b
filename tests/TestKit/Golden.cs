namespace Scheduler.Tests.TestKit;

/// <summary>
/// Checked-in files with the program's output or contracts, so that changes are visible in a review. With SCHEDULER_UPDATE_GOLDEN=1, the
/// tests write them.
/// </summary>
public static class Golden
{
    /// <param name="file">Path relative to the repository's root.</param>
    public static void Equal(string file, string actual)
    {
        var path = Path.Combine(Repository.Root, file);
        if (Environment.GetEnvironmentVariable("SCHEDULER_UPDATE_GOLDEN") == "1")
            File.WriteAllText(path, actual);
        var expected = File.Exists(path) ? File.ReadAllText(path) : "";
        if (expected == actual)
            return;
        var (before, after) = (expected.Split('\n'), actual.Split('\n'));
        var line = before.Zip(after).TakeWhile(pair => pair.First == pair.Second).Count();
        throw new InvalidOperationException(
            $"{file} differs from line {line + 1} on:\n- {before.ElementAtOrDefault(line)}\n+ {after.ElementAtOrDefault(line)}\n"
                + "If the change is meant: SCHEDULER_UPDATE_GOLDEN=1 ./scheduler test unit, then review the difference of the file."
        );
    }
}
