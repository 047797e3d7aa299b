using Scheduler.Client.Files;
using Scheduler.Client.Specs;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using FieldViolation = Scheduler.Models.FieldViolation;

namespace Scheduler.Client.Apply;

/// <summary>An LRP as a document describes it.</summary>
/// <param name="Source">The file and document, for messages.</param>
/// <param name="HasInstances">Whether the document says how many instances there are; otherwise an existing LRP keeps its number.</param>
internal sealed record WantedLrp(string Source, DesiredLRP Lrp, bool HasInstances)
{
    private static readonly string[] Endings = [".yaml", ".yml", ".json"];

    /// <param name="paths">Files, <c>-</c> for stdin, and directories, of which the YAML and JSON files are read in the order of their names.</param>
    /// <exception cref="DomainException">Names every document that is invalid, with its field and the rule.</exception>
    public static IReadOnlyList<WantedLrp> ReadAll(IEnumerable<string> paths)
    {
        var violations = new List<FieldViolation>();
        var wanted = new List<WantedLrp>();
        foreach (var file in paths.SelectMany(FilesOf))
        {
            if (Try(file, violations, () => SpecFile.LoadAll(file)) is not { } documents)
                continue;
            foreach (var document in documents)
            {
                if (Try(document.Name, violations, () => Read(document)) is not { } lrp)
                    continue;
                if (wanted.Find(other => other.Lrp.ProcessGuid == lrp.Lrp.ProcessGuid) is { } twin)
                    violations.Add(
                        new FieldViolation($"{document.Name}: name", $"must differ: {twin.Source} describes {lrp.Lrp.ProcessGuid} already")
                    );
                wanted.Add(lrp);
            }
        }

        if (violations.Count > 0)
            throw DomainError.Invalid(violations).ToException();
        return wanted.Count > 0 ? wanted : throw DomainError.Invalid("--file", "must have at least one document").ToException();
    }

    /// <exception cref="DomainException">The document describes no LRP, or breaks a rule.</exception>
    public static WantedLrp Read(SpecFile document)
    {
        if (document.Root.Children.Keys.Any(key => key.ToString() is "task_guid" or "result_file" or "callback_url" or "uploads"))
            throw DomainError
                .Invalid("name", "must be that of an LRP, and this is a task, which runs once: use scheduler task create -f")
                .ToException();
        if (LrpSpec.IsDiego(document))
        {
            var hasInstances = document.Root.Children.Keys.Any(key => key.ToString() == "instances");
            return new WantedLrp(document.Name, LrpSpec.ReadDiego(document), hasInstances);
        }

        var spec = LrpSpec.Read(document);
        return new WantedLrp(document.Name, spec.ToMessage(), spec.HasInstances);
    }

    /// <summary>What an action throws about fields is told with the name of the document.</summary>
    public static T? Try<T>(string source, List<FieldViolation> violations, Func<T> action)
        where T : class
    {
        try
        {
            return action();
        }
        catch (DomainException invalid) when (invalid.Error.Violations.Count > 0)
        {
            violations.AddRange(
                invalid.Error.Violations.Select(violation =>
                    violation.Field.StartsWith(source, StringComparison.Ordinal)
                        ? violation
                        : violation with
                        {
                            Field = $"{source}: {violation.Field}",
                        }
                )
            );
            return null;
        }
    }

    private static IEnumerable<string> FilesOf(string path)
    {
        if (!Directory.Exists(path))
            return [path];
        var files = Directory
            .EnumerateFiles(path)
            .Where(file => Endings.Contains(Path.GetExtension(file)))
            .Order(StringComparer.Ordinal)
            .ToList();
        return files.Count > 0
            ? files
            : throw DomainError.Invalid("--file", $"{path} has no file that ends in {string.Join(", ", Endings)}").ToException();
    }
}
