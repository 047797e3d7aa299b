namespace Scheduler.Models;

/// <summary>When a cell asks the registry for an image.</summary>
public enum ImagePullPolicy
{
    /// <summary>If the cell has not pulled the name, or no longer has all of its layers.</summary>
    Missing,

    /// <summary>Before each container; existing layers are not downloaded again.</summary>
    Always,

    /// <summary>Never: only images pulled before can run.</summary>
    Never,
}

/// <summary>Names of pull policies, as work and people write them.</summary>
public static class ImagePullPolicies
{
    /// <summary>What a text must be that names a policy.</summary>
    public const string Rule = "must be missing, always or never";

    /// <summary>Null for a text that names none.</summary>
    public static ImagePullPolicy? Parse(string text) =>
        text switch
        {
            "missing" => ImagePullPolicy.Missing,
            "always" => ImagePullPolicy.Always,
            "never" => ImagePullPolicy.Never,
            _ => null,
        };
}
